import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2, { type ClientHttp2Stream } from 'node:http2';
import tls, { type TLSSocket } from 'node:tls';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { waitFor } from '#lib';
import { startTestServer, type TestServer, textOf } from './testing/test-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const APPLY = { 'content-type': 'application/apply-patch+yaml' };

test('every way to send a body ends at three mebibytes', async () => {
  await using api = await startTestServer();
  await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } });
  const big = Buffer.from(JSON.stringify({ metadata: { name: 'a' }, data: { x: 'y'.repeat(3 << 20) } }));
  const ways: [string, string, string][] = [
    ['POST', CONFIG_MAPS, 'application/json'],
    ['POST', CONFIG_MAPS, 'application/yaml'],
    ['POST', CONFIG_MAPS, 'application/vnd.kubernetes.protobuf'],
    ['PUT', `${CONFIG_MAPS}/a`, 'application/json'],
    ['PATCH', `${CONFIG_MAPS}/a`, 'application/json-patch+json'],
    ['PATCH', `${CONFIG_MAPS}/a`, 'application/merge-patch+json'],
    ['PATCH', `${CONFIG_MAPS}/a`, 'application/strategic-merge-patch+json'],
    ['PATCH', `${CONFIG_MAPS}/a?fieldManager=m`, 'application/apply-patch+yaml'],
    ['DELETE', `${CONFIG_MAPS}/a`, 'application/json'],
    ['DELETE', CONFIG_MAPS, 'application/json'],
    ['POST', '/api/v1/namespaces/default/pods/p/binding', 'application/json'],
    ['POST', '/apis/authentication.k8s.io/v1/tokenreviews', 'application/json'],
  ];
  for (const [method, path, type] of ways) {
    const answer = await api.fetch(method, path, { headers: { 'content-type': type }, body: big });
    assert.equal(answer.status, 413, `${method} ${path} ${type}: ${answer.text.slice(0, 200)}`);
  }
  assert.equal((await api.fetch('GET', `${CONFIG_MAPS}/a`)).status, 200);
});

test('compressed bodies are not unpacked, so that a small one cannot become a large one', async () => {
  await using api = await startTestServer();
  const body = gzipSync(JSON.stringify({ metadata: { name: 'a' }, data: { x: 'y'.repeat(50 << 20) } }));
  const answer = await api.fetch('POST', CONFIG_MAPS, { headers: { 'content-encoding': 'gzip' }, body });
  assert.equal(answer.status, 400, answer.text);
});

test('YAML that unfolds to far more than it says, or contains itself, is refused at once', async () => {
  await using api = await startTestServer();
  let bomb = 'a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n';
  for (let i = 1; i <= 12; i++) bomb += `a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(',')}]\n`;
  for (const body of [bomb, 'data: &a\n  x: *a\n']) {
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n${body}`;
    const applied = await api.fetch('PATCH', `${CONFIG_MAPS}/a?fieldManager=m`, { headers: APPLY, body: text });
    assert.equal(applied.status, 400, applied.text);
    const posted = await api.fetch('POST', CONFIG_MAPS, { headers: { 'content-type': 'application/yaml' }, body: text });
    assert.equal(posted.status, 400, posted.text);
  }
  const aliased = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, labels: &l {x: z}, annotations: *l}\n';
  const answer = await api.fetch('PATCH', `${CONFIG_MAPS}/b?fieldManager=m`, { headers: APPLY, body: aliased });
  assert.deepEqual([answer.status, answer.json['metadata']?.['annotations']], [201, { x: 'z' }], answer.text);
});

test('bodies nested a hundred thousand deep are refused and hurt nobody', async () => {
  await using api = await startTestServer();
  await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } });
  const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
  const ways: [string, string, Record<string, string>, string][] = [
    ['POST', CONFIG_MAPS, {}, `{"metadata":{"name":"d"},"data":${deep}}`],
    ['POST', CONFIG_MAPS, {}, deep],
    ['PUT', `${CONFIG_MAPS}/a`, {}, `{"metadata":{"name":"a"},"x":${deep}}`],
    ['PATCH', `${CONFIG_MAPS}/a`, { 'content-type': 'application/merge-patch+json' }, deep],
    ['PATCH', `${CONFIG_MAPS}/a`, { 'content-type': 'application/strategic-merge-patch+json' }, deep],
    ['PATCH', `${CONFIG_MAPS}/a`, { 'content-type': 'application/json-patch+json' }, `[{"op":"add","path":"/data/x","value":${deep}}]`],
    ['PATCH', `${CONFIG_MAPS}/a?fieldManager=m`, APPLY, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":${deep}}`],
  ];
  for (const [method, path, headers, body] of ways) {
    const answer = await api.fetch(method, path, { headers, body });
    assert.ok(answer.status >= 400 && answer.status < 500, `${method} ${path} ${JSON.stringify(headers)}: ${answer.status} ${answer.text.slice(0, 300)}`);
  }
});

test('keys that JavaScript knows are ordinary keys in bodies, patches and labels', async () => {
  await using api = await startTestServer();
  const data = { constructor: '2', toString: '3', prototype: '4' };
  const withProto = `{"__proto__":"1",${JSON.stringify(data).slice(1)}`;
  const created = await api.fetch('POST', CONFIG_MAPS, { body: `{"metadata":{"name":"a","labels":${JSON.stringify(data)}},"data":${withProto}}` });
  assert.equal(created.status, 201, created.text);
  assert.deepEqual(JSON.stringify(created.json['data']), withProto);
  const patches: [string, string][] = [
    ['application/merge-patch+json', '{"data":{"__proto__":"5"}}'],
    ['application/strategic-merge-patch+json', '{"data":{"__proto__":"6"}}'],
    ['application/json-patch+json', '[{"op":"replace","path":"/data/__proto__","value":"7"}]'],
    ['application/apply-patch+yaml', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"__proto__":"8"}}'],
  ];
  for (const [type, body] of patches) {
    const patched = await api.fetch('PATCH', `${CONFIG_MAPS}/a?fieldManager=m&force=true`.replace(type.includes('apply') ? '' : '&force=true', ''), {
      headers: { 'content-type': type },
      body,
    });
    assert.equal(patched.status, 200, `${type}: ${patched.text}`);
    const value = /"__proto__":"(\d)"/.exec(JSON.stringify(patched.json['data']))?.[1];
    assert.equal(value, /"(\d)"/.exec(body)?.[1], `${type}: ${patched.text}`);
  }
  for (const [type] of patches) {
    // Where there was none, too.
    await api.fetch('DELETE', `${CONFIG_MAPS}/b`);
    await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'b' }, data: { x: 'y' } } });
    const isJsonPatch = type === 'application/json-patch+json';
    const statement = '"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"},"data":{"__proto__":"9"}';
    const body = isJsonPatch ? '[{"op":"add","path":"/data/__proto__","value":"9"}]' : `{${statement}}`;
    const patched = await api.fetch('PATCH', `${CONFIG_MAPS}/b?fieldManager=m`, { headers: { 'content-type': type }, body });
    assert.deepEqual(
      Object.entries(patched.json['data'] ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
      Object.entries(JSON.parse('{"__proto__":"9","x":"y"}') as object),
      `${type}: ${patched.text}`,
    );
  }
  const polluting = await api.fetch('PATCH', `${CONFIG_MAPS}/a`, {
    headers: { 'content-type': 'application/merge-patch+json' },
    body: '{"__proto__":{"polluted":"x"},"constructor":{"prototype":{"polluted":"x"}}}',
  });
  assert.ok(polluting.status < 500, polluting.text);
  assert.equal('polluted' in {}, false);
});

/** Opens a connection without a client library. */
async function connect(api: TestServer, protocol: 'h2' | 'http/1.1'): Promise<TLSSocket> {
  const socket = tls.connect({
    port: api.server.port,
    host: '127.0.0.1',
    ca: api.caPem,
    cert: api.admin.certPem,
    key: api.admin.keyPem,
    ALPNProtocols: [protocol],
  });
  await once(socket, 'secureConnect');
  return socket;
}

async function answerOf(socket: TLSSocket, text: string): Promise<string> {
  socket.write(text);
  let answer = '';
  for await (const chunk of socket) {
    answer += String(chunk);
    if (/\r\n\r\n/.test(answer)) break;
  }
  return answer;
}

test('headers and addresses beyond a mebibyte are refused in HTTP/1.1 and HTTP/2', async () => {
  await using api = await startTestServer();
  const long = 'x'.repeat((1 << 20) + 100);
  assert.match(await answerOf(await connect(api, 'http/1.1'), `GET /livez?x=${long} HTTP/1.1\r\nhost: x\r\n\r\n`), /^HTTP\/1.1 4\d\d /);
  assert.match(await answerOf(await connect(api, 'http/1.1'), 'GET /livez HTTP/9.9\r\n\r\n'), /^HTTP\/1.1 400 /);
  const session = http2.connect(api.url, { ca: api.caPem });
  session.on('error', () => {});
  const stream = session.request({ ':path': '/livez', 'x-long': long });
  stream.on('error', () => {});
  stream.resume();
  await new Promise((resolve) => stream.once('close', resolve));
  session.destroy();
  assert.equal((await api.fetch('GET', '/livez')).status, 200);
});

test('who does not read a watch is cut off, and others get everything', async () => {
  await using api = await startTestServer();
  const session = http2.connect(api.url, { ca: api.caPem, cert: api.admin.certPem, key: api.admin.keyPem });
  const watch = async (): Promise<ClientHttp2Stream> => {
    const stream = session.request({ ':path': `${CONFIG_MAPS}?watch=1` });
    stream.on('error', () => {});
    await once(stream, 'response');
    return stream;
  };
  const slow = await watch();
  const slowClosed = new Promise((resolve) => slow.once('close', resolve));
  const quick = await watch();
  let lines = 0;
  quick.setEncoding('utf8');
  quick.on('data', (chunk: string) => (lines += chunk.split('\n').length - 1));
  const data = { x: 'y'.repeat(1_000_000) };
  for (let i = 0; i < 22; i++) assert.equal((await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: `c${i}` }, data } })).status, 201);
  slow.pause();
  await slowClosed;
  assert.equal(slow.rstCode, http2.constants.NGHTTP2_CANCEL);
  await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'last' } } });
  while (lines < 23) await once(quick, 'data');
  assert.equal(lines, 23);
  session.destroy();
});

test('a client that reads none of its many watches is cut off before each of them is full', async () => {
  await using api = await startTestServer();
  const session = http2.connect(api.url, { ca: api.caPem, cert: api.admin.certPem, key: api.admin.keyPem });
  const watches = Array.from({ length: 8 }, () => session.request({ ':path': `${CONFIG_MAPS}?watch=1` }));
  let closed = 0;
  for (const stream of watches) {
    stream.on('error', () => {});
    stream.once('close', () => closed++);
    await once(stream, 'response');
  }
  // Six mebibytes for each: less than one watch may leave unread, more than all of them together may.
  const data = { x: 'y'.repeat(1_000_000) };
  for (let i = 0; i < 6; i++) assert.equal((await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: `c${i}` }, data } })).status, 201);
  await waitFor('some watches to be cut off', () => closed > 0);
  assert.ok(closed < watches.length, 'not more than need be');
  session.destroy();
});

test('several writers of one object lose nothing: conflicts are told, patches all land', async () => {
  await using api = await startTestServer();
  await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } });
  const patch = (key: string) =>
    api.fetch('PATCH', `${CONFIG_MAPS}/a`, { headers: { 'content-type': 'application/merge-patch+json' }, body: { data: { [key]: key } } });
  const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => patch(`k${i}`)));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  const read = await api.fetch('GET', `${CONFIG_MAPS}/a`);
  assert.equal(Object.keys(read.json['data'] as object).length, 30);
  const replace = (value: string) => api.fetch('PUT', `${CONFIG_MAPS}/a`, { body: { ...read.json, data: { value } } });
  const replaced = await Promise.all(Array.from({ length: 10 }, (_, i) => replace(`v${i}`)));
  assert.deepEqual(
    replaced.map(({ status }) => status).sort((a, b) => a - b),
    [200, ...Array.from({ length: 9 }, () => 409)],
  );
  const winner = replaced.find(({ status }) => status === 200);
  assert.equal(textOf((await api.fetch('GET', `${CONFIG_MAPS}/a`)).json['data']?.['value']), textOf(winner?.json['data']?.['value']));
});
