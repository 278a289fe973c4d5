import assert from 'node:assert/strict';
import http2 from 'node:http2';
import https from 'node:https';
import { test } from 'node:test';
import { FakeClock } from '#lib';
import { startTestServer, type TestServer, textOf, whileTimePasses } from './testing/test-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const ALLOW_ALL = { authorize: () => ({ decision: 'allow', reason: '' }) as const };

test('wrong requests are answered in upstream’s words', async () => {
  const clock = new FakeClock(Date.now());
  await using api = await startTestServer({ clock });
  await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } });
  const cases: [string, string, { headers?: Record<string, string>; body?: unknown }, number, string][] = [
    ['GET', `${CONFIG_MAPS}/none`, {}, 404, 'configmaps "none" not found'],
    ['GET', '/api/v1/nothings', {}, 404, 'the server could not find the requested resource'],
    ['GET', '/api/v1/namespaces/default/nodes', {}, 404, 'the server could not find the requested resource'],
    ['GET', `${CONFIG_MAPS}/a/status`, {}, 404, 'the server could not find the requested resource'],
    ['PUT', CONFIG_MAPS, { body: {} }, 405, 'the server does not allow this method on the requested resource'],
    ['POST', '/api/v1/configmaps', { body: {} }, 405, 'the server does not allow this method on the requested resource'],
    [
      'POST',
      CONFIG_MAPS,
      { body: '{' },
      400,
      "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input ({)",
    ],
    ['POST', CONFIG_MAPS, { body: {} }, 422, 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required'],
    ['POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } }, 409, 'configmaps "a" already exists'],
    [
      'POST',
      CONFIG_MAPS,
      { body: { metadata: { name: 'b', namespace: 'x' } } },
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    ['PUT', `${CONFIG_MAPS}/a`, { body: { metadata: { name: 'b' } } }, 400, 'the name of the object (b) does not match the name on the URL (a)'],
    [
      'PUT',
      `${CONFIG_MAPS}/a`,
      { body: { metadata: { name: 'a', resourceVersion: '1' } } },
      409,
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    ],
    ['GET', '/api/v1/configmaps?fieldSelector=a%3Db', {}, 400, '"a" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    ['GET', '/api/v1/configmaps?resourceVersion=99999999', {}, 504, 'Timeout: Too large resource version: 99999999, current: '],
    ['GET', '/api/v1/configmaps?continue=x', {}, 400, 'invalid continue token: continue key is not valid: illegal base64 data at input byte 0'],
    [
      'POST',
      CONFIG_MAPS,
      { headers: { 'content-type': 'application/cbor' }, body: 'k8s' },
      415,
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
    ],
    ['GET', CONFIG_MAPS, { headers: { accept: 'application/xml' } }, 406, '406: Not Acceptable'],
    [
      'PATCH',
      `${CONFIG_MAPS}/a`,
      { headers: { 'content-type': 'application/apply-patch+yaml' }, body: {} },
      422,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ],
    ['POST', `${CONFIG_MAPS}?dryRun=x`, { body: { metadata: { name: 'c' } } }, 422, 'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value'],
    [
      'POST',
      `${CONFIG_MAPS}?fieldValidation=Strict`,
      { body: { metadata: { name: 'c' }, dota: {} } },
      400,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dota"',
    ],
  ];
  const answered = Promise.all(
    cases.map(async ([method, path, options, status, message]) => {
      const answer = await api.fetch(method, path, options);
      assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
      assert.ok(textOf(answer.json['message']).startsWith(message), `${method} ${path}: ${textOf(answer.json['message'])}`);
    }),
  );
  // One of them waits for a revision that does not come.
  await whileTimePasses(clock, answered);
});

test('unknown fields are warned about, as clients ask by default', async () => {
  await using api = await startTestServer();
  const answer = await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' }, dota: {} } });
  assert.equal(answer.status, 201);
  assert.deepEqual(answer.headers['warning'], '299 - "unknown field \\"dota\\""');
});

test('a body beyond three mebibytes is refused', async () => {
  await using api = await startTestServer();
  const answer = await api.fetch('POST', CONFIG_MAPS, { body: JSON.stringify({ metadata: { name: 'a' }, data: { x: 'y'.repeat(3 * 1024 * 1024) } }) });
  assert.equal(answer.status, 413);
  assert.equal(answer.json['reason'], 'RequestEntityTooLarge');
});

test('HTTP/1.1 is spoken on the same port, with keep-alive, HEAD and compression', async () => {
  await using api = await startTestServer();
  const big = 'z'.repeat(200_000);
  await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'big' }, data: { big } } });
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: api.caPem, cert: api.admin.certPem, key: api.admin.keyPem });
  const get = (method: string, path: string, headers: Record<string, string> = {}) => http1(api, agent, method, path, headers);
  assert.equal((await get('GET', `${CONFIG_MAPS}/big`)).length > 200_000, true);
  assert.equal((await get('HEAD', `${CONFIG_MAPS}/big`)).length, 0);
  const compressed = await get('GET', `${CONFIG_MAPS}/big`, { 'accept-encoding': 'gzip' });
  assert.ok(compressed.length < 20_000, 'compressed');
  agent.destroy();
});

function http1(api: TestServer, agent: https.Agent, method: string, path: string, headers: Record<string, string>): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const request = https.request(`${api.url}${path}`, { method, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks)));
    });
    request.on('error', reject);
    request.end();
  });
}

test('without credentials one is anonymous, with another authority’s certificate unauthorized', async () => {
  await using api = await startTestServer();
  await using stranger = await startTestServer();
  const ask = async (identity: { cert?: string; key?: string }): Promise<number> => {
    const session = http2.connect(api.url, { ca: api.caPem, ...identity });
    try {
      return await new Promise<number>((resolve, reject) => {
        session.on('error', reject);
        const stream = session.request({ ':path': CONFIG_MAPS });
        stream.on('response', (headers) => resolve(Number(headers[':status'])));
        stream.on('error', reject);
        stream.resume();
      });
    } finally {
      session.close();
    }
  };
  assert.equal(await ask({}), 403);
  assert.equal(await ask({ cert: stranger.admin.certPem, key: stranger.admin.keyPem }), 401);
  assert.equal(await ask({ cert: api.admin.certPem, key: api.admin.keyPem }), 200);
});

test('who acts as another has only the other’s rights', async () => {
  await using api = await startTestServer();
  const answer = await api.fetch('GET', CONFIG_MAPS, { headers: { 'impersonate-user': 'nobody' } });
  assert.equal(answer.status, 403);
  assert.equal(answer.json['message'], 'configmaps is forbidden: User "nobody" cannot list resource "configmaps" in API group "" in the namespace "default"');
});

test('a watch tells changes, and ends when the server stops', async () => {
  const api = await startTestServer({ overrides: ALLOW_ALL });
  const session = http2.connect(api.url, { ca: api.caPem });
  const stream = session.request({ ':path': `${CONFIG_MAPS}?watch=1&labelSelector=a%3Db` });
  let text = '';
  stream.setEncoding('utf8');
  const waiting: { pattern: RegExp; resolve: () => void }[] = [];
  stream.on('data', (chunk: string) => {
    text += chunk;
    for (const each of waiting) if (each.pattern.test(text)) each.resolve();
  });
  const seen = (pattern: RegExp): Promise<void> => (pattern.test(text) ? Promise.resolve() : new Promise((resolve) => waiting.push({ pattern, resolve })));
  await new Promise((resolve) => stream.once('response', resolve));
  await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'x', labels: { a: 'b' } } } });
  await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'unseen' } } });
  const merge = { headers: { 'content-type': 'application/merge-patch+json' } };
  await api.fetch('PATCH', `${CONFIG_MAPS}/x`, { ...merge, body: { metadata: { labels: { a: 'c' } } } });
  await seen(/DELETED/);
  const events = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; object: { metadata: { name: string; labels: Record<string, string> } } });
  assert.deepEqual(
    events.map(({ type, object }) => [type, object.metadata.name, object.metadata.labels['a']]),
    [
      ['ADDED', 'x', 'b'],
      ['DELETED', 'x', 'b'],
    ],
  );
  const ended = new Promise((resolve) => stream.once('end', resolve));
  const stopped = api[Symbol.asyncDispose]();
  await ended;
  session.close();
  await stopped;
});
