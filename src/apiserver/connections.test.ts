import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import tls from 'node:tls';
import { test } from 'node:test';
import { FakeClock } from '#lib';
import { createLeaf, startTestServer, type TestServer, whileTimePasses } from './testing/test-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

/** One request over a kept HTTP/1.1 connection. */
function get(api: TestServer, agent: https.Agent, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = https.get(`${api.url}${path}`, { agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    request.on('error', reject);
  });
}

test('a stop closes idle connections at once and ends watches, in HTTP/1.1 and HTTP/2', async () => {
  const api = await startTestServer();
  const identity = { ca: api.caPem, cert: api.admin.certPem, key: api.admin.keyPem };
  const agent = new https.Agent({ keepAlive: true, ...identity });
  assert.equal(await get(api, agent, '/livez'), 200);
  const session = http2.connect(api.url, identity);
  const watch = session.request({ ':path': `${CONFIG_MAPS}?watch=1` });
  await once(watch, 'response');
  const ended = once(watch.resume(), 'end');
  const request = https.get(`${api.url}${CONFIG_MAPS}?watch=1`, { agent });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const plain = once(response.resume(), 'end');
  const begun = performance.now();
  const stopped = api.server.stop();
  await Promise.all([ended, plain, stopped]);
  assert.ok(performance.now() - begun < 4_000, 'before the grace for connections in use is over');
  session.destroy();
  agent.destroy();
  await api.datastore.close();
});

test('a body that does not come is not waited for', async () => {
  const clock = new FakeClock(Date.now());
  await using api = await startTestServer({ clock });
  const session = http2.connect(api.url, { ca: api.caPem, cert: api.admin.certPem, key: api.admin.keyPem });
  const stream = session.request({ ':method': 'POST', ':path': CONFIG_MAPS, 'content-type': 'application/json' });
  stream.write('{"metadata":');
  const [headers] = (await whileTimePasses(clock, once(stream, 'response'), 5_000)) as [Record<string, unknown>];
  assert.equal(headers[':status'], 504);
  session.destroy();
});

test('certificates are replaced while running, and connections from before go on', async () => {
  await using api = await startTestServer();
  await using other = await startTestServer();
  assert.equal((await api.fetch('GET', '/livez')).status, 200);
  const serialOf = async (): Promise<string> => {
    const socket = tls.connect({ port: api.server.port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };
  const before = await serialOf();
  const validity = { notBeforeMs: Date.now() - 3_600_000, notAfterMs: Date.now() + 86_400_000 };
  const leaf = createLeaf(other.authority, { subject: { commonName: 'new' }, usages: ['serverAuth'], altNames: ['127.0.0.1'], ...validity });
  api.server.reloadTls({ certPem: leaf.certPem, keyPem: leaf.keyPem, clientCaPem: other.caPem });
  assert.notEqual(await serialOf(), before);
  assert.equal((await api.fetch('GET', CONFIG_MAPS)).status, 200, 'an open connection is who it was');
  const session = http2.connect(api.url, { ca: other.caPem, cert: other.admin.certPem, key: other.admin.keyPem });
  const stream = session.request({ ':path': CONFIG_MAPS });
  const [headers] = (await once(stream.resume(), 'response')) as [Record<string, unknown>];
  assert.equal(headers[':status'], 200, 'the new authority’s clients are known');
  session.destroy();
});
