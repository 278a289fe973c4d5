import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { configMaps, isStatus } from '#api';
import type { ConfigMap } from '#api/types/core-v1';
import { createRemoteClient } from './index.ts';

/** A server that speaks HTTP/2 without TLS; the test answers each request. */
async function serve(
  context: TestContext,
  handle: (request: { method: string; url: string; headers: IncomingHttpHeaders }) => { status: number; body: string },
) {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => undefined);
  });
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const { status, body } = handle({ method: String(headers[':method']), url: String(headers[':path']), headers });
    stream.respond({ ':status': status });
    stream.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = createRemoteClient({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: () => 'secret' });
  const breakOff = () => sessions.forEach((session) => session.destroy());
  context.after(() => {
    client.close();
    breakOff();
    server.close();
  });
  return { client, breakOff, server };
}
const answer = (body: unknown) => ({ status: 200, body: JSON.stringify(body) });
const ref = { namespace: 'default', name: 'a' };

void test('requests carry the current token and upstream’s paths and parameters', async (context) => {
  const seen: string[] = [];
  const { client } = await serve(context, ({ method, url, headers }) => {
    seen.push(`${method} ${url} ${headers.authorization} ${headers['content-type'] ?? '-'}`);
    return answer({ metadata: { resourceVersion: '1' }, items: [] });
  });
  await client.list(configMaps, { labelSelector: 'a in (b,c)', limit: 5, continue: 'x' });
  await client.patch(configMaps, ref, {}, { type: 'apply', fieldManager: 'me', force: true, subresource: 'status' });
  await client.delete(configMaps, ref, { gracePeriodSeconds: 0 });
  await client.create<ConfigMap>(configMaps, { metadata: { name: 'a', namespace: 'default' } }, { dryRun: true, fieldValidation: 'Strict' });
  assert.deepEqual(seen, [
    'GET /api/v1/configmaps?labelSelector=a%20in%20(b%2Cc)&limit=5&continue=x Bearer secret -',
    'PATCH /api/v1/namespaces/default/configmaps/a/status?fieldManager=me&force=true Bearer secret application/apply-patch+yaml',
    'DELETE /api/v1/namespaces/default/configmaps/a Bearer secret application/json',
    'POST /api/v1/namespaces/default/configmaps?dryRun=All&fieldValidation=Strict Bearer secret application/json',
  ]);
});
void test('a broken connection fails what was under way; the next request makes a new one', async (context) => {
  const { client, breakOff } = await serve(context, () => answer({ metadata: { name: 'a' } }));
  await client.get(configMaps, ref);
  breakOff();
  await new Promise((resolve) => setImmediate(resolve));
  const retry = await client.get(configMaps, ref).catch(() => client.get(configMaps, ref));
  assert.equal(retry.metadata.name, 'a');
});
void test('a server that is not there is ServiceUnavailable, with cause', async () => {
  const client = createRemoteClient({ server: 'https://127.0.0.1:1' });
  await assert.rejects(client.get(configMaps, ref), (error) => {
    assert.ok(isStatus(error, 'ServiceUnavailable'));
    assert.match(error.message, /Cannot reach the API server at https:\/\/127.0.0.1:1: .*ECONNREFUSED/);
    return true;
  });
  await assert.rejects(async () => {
    for await (const _event of client.watch(configMaps, { signal: new AbortController().signal }));
  }, /Cannot reach/);
  client.close();
});
void test('answers that are no Status still have a reason', async (context) => {
  const { client } = await serve(context, () => ({ status: 503, body: 'upstream connect error' }));
  await assert.rejects(client.get(configMaps, ref), (error) => isStatus(error, 'ServiceUnavailable') && error.message === 'upstream connect error');
});
void test('an error event of a watch is thrown, after the events before it', async (context) => {
  const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version: 1 (2)' };
  const lines = [
    { type: 'ADDED', object: { metadata: { name: 'ü' } } },
    { type: 'ERROR', object: status },
  ];
  const { client } = await serve(context, () => ({ status: 200, body: `${lines.map((line) => JSON.stringify(line)).join('\n')}\n` }));
  const names: (string | undefined)[] = [];
  await assert.rejects(
    async () => {
      for await (const event of client.watch(configMaps, { signal: context.signal })) names.push(event.object.metadata.name);
    },
    (error) => isStatus(error, 'Expired'),
  );
  assert.deepEqual(names, ['ü']);
});
