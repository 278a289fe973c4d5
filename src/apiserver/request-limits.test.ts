import assert from 'node:assert/strict';
import tls from 'node:tls';
import { test } from 'node:test';
import { FakeClock } from '#lib';
import type { Attributes, Decision } from './contract.ts';
import { type Answer, startTestServer, type TestServer, textOf } from './testing/test-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const MIB = 1024 * 1024;

/** What a request is answered: `status content-type message`. */
const ANSWERS: readonly [method: string, path: string, answer: string][] = [
  ['GET', `${CONFIG_MAPS}?timeout=abc`, '400 application/json invalid timeout specified in the request URL - time: invalid duration "abc"'],
  ['GET', `${CONFIG_MAPS}?timeout=10`, '400 application/json invalid timeout specified in the request URL - time: missing unit in duration "10"'],
  ['GET', `${CONFIG_MAPS}?timeout=1x`, '400 application/json invalid timeout specified in the request URL - time: unknown unit "x" in duration "1x"'],
  ['GET', '/version?timeout=abc', '400 application/json invalid timeout specified in the request URL - time: invalid duration "abc"'],
  ['GET', `${CONFIG_MAPS}?timeout=0s`, '200 application/json '],
  ['GET', `${CONFIG_MAPS}?timeout=10h`, '200 application/json '],
  ['GET', `${CONFIG_MAPS}?timeout=`, '200 application/json '],
  ['HEAD', CONFIG_MAPS, '405 application/json '],
  ['OPTIONS', CONFIG_MAPS, '405 application/json the server does not allow this method on the requested resource'],
  ['GET', `${CONFIG_MAPS}/`, '200 application/json '],
  ['POST', '/version', '405 application/json the server does not allow this method on the requested resource'],
  ['HEAD', '/version', '405 application/json '],
  ['DELETE', '/api', '405 application/json the server does not allow this method on the requested resource'],
  ['PUT', '/apis/apps/v1', '405 application/json the server does not allow this method on the requested resource'],
  ['POST', '/openid/v1/jwks', '405 application/json the server does not allow this method on the requested resource'],
  ['GET', `${CONFIG_MAPS}/%`, '400 text/plain; charset=utf-8 '],
  ['GET', '/healthz%2', '400 text/plain; charset=utf-8 '],
  ['GET', `${CONFIG_MAPS}/x%2Fy`, '404 application/json the server could not find the requested resource'],
  ['GET', '/apis/apps/v1/namespaces/default/deployments/x/scale/y', '404 application/json the server could not find the requested resource'],
  ['GET', '/api/v1/watch/namespaces/default/pods/x/status', '404 application/json the server could not find the requested resource'],
  ['GET', '/api/v1/proxy/namespaces/default/pods/x', '404 application/json the server could not find the requested resource'],
  ['GET', '/api/v1/componentstatuses?watch=1', '405 application/json watch is not supported on resources of kind "componentstatuses"'],
  // These upstream serves without looking at the method.
  ['POST', '/apis', '200 application/json '],
  ['POST', '/apis/apps', '200 application/json '],
  ['DELETE', '/healthz', '200 text/plain; charset=utf-8 '],
  ['HEAD', '/healthz', '200 text/plain; charset=utf-8 '],
  ['GET', '/livez/ping', '200 text/plain; charset=utf-8 '],
  // What is no check is no page.
  ['GET', '/livez/none', '404 text/plain; charset=utf-8 '],
  ['GET', '/healthz/', '404 text/plain; charset=utf-8 '],
];

test('methods, slashes and timeouts are answered in upstream’s words', async () => {
  await using api = await startTestServer();
  for (const [method, path, expected] of ANSWERS) {
    const { status, headers, json } = await api.fetch(method, path);
    const message = status < 400 || json === undefined ? '' : (textOf(json['message']) ?? '');
    assert.equal(`${status} ${String(headers['content-type'])} ${message}`, expected, `${method} ${path}`);
  }
});

test('tables of what cannot be included are refused', async () => {
  await using api = await startTestServer();
  const { status, json } = await api.fetch('GET', `${CONFIG_MAPS}?includeObject=all`, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } });
  const problem = `includeObject: Invalid value: "all": must be 'Metadata', 'Object', 'None', or empty`;
  assert.deepEqual([status, json['message']], [400, `Unable to convert to Table as requested: ${problem}`]);
});

test('every answer says that it is not for caches, and by which id it is audited', async () => {
  await using api = await startTestServer();
  const paths = [
    CONFIG_MAPS,
    `${CONFIG_MAPS}/none`,
    '/nope',
    '/apis/nope/v1/x',
    '/version',
    '/healthz',
    '/metrics',
    '/api',
    '/apis/apps/v1',
    '/openapi/v2',
    '/openapi/v3',
  ];
  const ids = new Set<unknown>();
  for (const path of paths) {
    const { headers } = await api.fetch('GET', path);
    assert.equal(headers['cache-control'], 'no-cache, private', path);
    assert.match(String(headers['audit-id']), /^[0-9a-f-]{36}$/, path);
    ids.add(headers['audit-id']);
  }
  assert.equal(ids.size, paths.length);
  const keys = await api.fetch('GET', '/openid/v1/jwks', { headers: { 'audit-id': 'mine' } });
  assert.deepEqual([keys.headers['cache-control'], keys.headers['audit-id']], ['public, max-age=3600', 'mine']);
});

test('bodies beyond three mebibytes are refused for every verb', async () => {
  await using api = await startTestServer();
  const body = `{"data":{"x":"${'y'.repeat(3 * MIB)}"}}`;
  const refused = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'Request entity too large: limit is 3145728' };
  const ask = (method: string, path: string): Promise<Answer> =>
    api.fetch(method, path, { body, headers: { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' } });
  for (const [method, path] of [
    ['POST', CONFIG_MAPS],
    ['PUT', `${CONFIG_MAPS}/a`],
    ['PATCH', `${CONFIG_MAPS}/a`],
    ['DELETE', `${CONFIG_MAPS}/a`],
    ['DELETE', CONFIG_MAPS],
  ] as const) {
    const { status, json } = await ask(method, path);
    assert.equal(status, 413, method);
    assert.deepEqual(JSON.parse(JSON.stringify(json)), { ...refused, reason: 'RequestEntityTooLarge', code: 413 }, method);
  }
});

/** A server whose authorizer never answers for the namespace `slow`. */
async function slowServer(clock: FakeClock): Promise<TestServer> {
  const authorize = ({ namespace }: Attributes): Decision | Promise<Decision> =>
    namespace === 'slow' ? new Promise<Decision>(() => {}) : { decision: 'allow', reason: '' };
  return await startTestServer({ clock, overrides: { authorize } });
}

/** How long it took, and what was answered in the end. */
async function late(clock: FakeClock, asked: Promise<Answer>): Promise<[seconds: number, Answer]> {
  const startMs = clock.monotonic();
  let answer: Answer | undefined;
  const answered = asked.then((value) => (answer = value));
  while (!answer) {
    await clock.advance(500);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return [(clock.monotonic() - startMs) / 1000, await answered];
}

test('who waits too long is told so', async () => {
  const clock = new FakeClock(Date.now());
  await using api = await slowServer(clock);
  const path = '/api/v1/namespaces/slow/configmaps';
  const filter = { metadata: {}, status: 'Failure', message: 'Timeout: request did not complete within the allotted timeout' };
  const handler = { metadata: {}, status: 'Failure', message: 'Timeout: request did not complete within requested timeout - context deadline exceeded' };
  const rest = { reason: 'Timeout', details: {}, code: 504 };
  const [readSeconds, read] = await late(clock, api.fetch('GET', path));
  assert.deepEqual([read.status, read.headers['content-type'], JSON.parse(read.text)], [504, 'text/plain; charset=utf-8', { ...filter, ...rest }]);
  assert.ok(readSeconds >= 59 && readSeconds < 70, `a read: ${readSeconds}`);
  const [writeSeconds, write] = await late(clock, api.fetch('POST', path, { body: { metadata: { name: 'a' } } }));
  assert.deepEqual([write.status, JSON.parse(write.text)], [504, { kind: 'Status', apiVersion: 'v1', ...handler, ...rest }]);
  assert.ok(writeSeconds >= 33 && writeSeconds < 45, `a write: ${writeSeconds}`);
  const [ownSeconds, own] = await late(clock, api.fetch('GET', `${path}?timeout=5s`));
  assert.equal(own.status, 504);
  assert.ok(ownSeconds >= 4 && ownSeconds < 15, `as wished: ${ownSeconds}`);
});

test('compression is for those who name it without conditions', async () => {
  await using api = await startTestServer();
  await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'big' }, data: { x: 'y'.repeat(200 * 1024) } } });
  const encodings: readonly [accepted: string, encoding: string | undefined][] = [
    ['gzip', 'gzip'],
    ['deflate, gzip', 'gzip'],
    ['gzip;q=0', undefined],
    ['gzip;q=1.0', undefined],
    ['deflate', undefined],
    ['*', undefined],
  ];
  for (const [accepted, encoding] of encodings) {
    const { headers } = await api.fetch('GET', `${CONFIG_MAPS}/big`, { headers: { 'accept-encoding': accepted } });
    assert.deepEqual([headers['content-encoding'], headers['vary']], [encoding, encoding && 'Accept-Encoding'], accepted);
  }
  const { headers } = await api.fetch('GET', '/version', { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(headers['content-encoding'], undefined, 'small');
});

test('headers beyond a mebibyte are refused', async () => {
  await using api = await startTestServer();
  const socket = tls.connect({ port: Number(new URL(api.url).port), host: '127.0.0.1', ca: api.caPem, ALPNProtocols: ['http/1.1'] });
  socket.write(`GET /version HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(MIB + 8192)}\r\n\r\n`);
  const text = await new Promise<string>((resolve) => {
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.on('error', () => resolve(received));
    socket.on('close', () => resolve(received));
  });
  assert.ok(text.startsWith('HTTP/1.1 431 Request Header Fields Too Large\r\n'), text);
});
