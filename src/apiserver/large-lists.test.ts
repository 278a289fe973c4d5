import assert from 'node:assert/strict';
import http2 from 'node:http2';
import https from 'node:https';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const COUNT = 60;
let api: TestServer;

before(async () => {
  api = await startTestServer();
  const body = (i: number) => ({
    metadata: { name: `large-${String(i).padStart(2, '0')}`, labels: { half: `${i % 2}` } },
    data: { text: `é${i}`.repeat(8_000) },
  });
  await Promise.all(Array.from({ length: COUNT }, (_, i) => api.fetch('POST', CONFIG_MAPS, { body: body(i) })));
});
after(() => api[Symbol.asyncDispose]());

function over1(path: string, headers: Record<string, string>): Promise<{ headers: Record<string, unknown>; body: Buffer }> {
  const { caPem: ca, admin } = api;
  return new Promise((resolve, reject) => {
    const request = https.request(`${api.url}${path}`, { ca, cert: admin.certPem, key: admin.keyPem, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end();
  });
}
function over2(path: string, headers: Record<string, string>): Promise<{ headers: Record<string, unknown>; body: Buffer }> {
  const session = http2.connect(api.url, { ca: api.caPem, cert: api.admin.certPem, key: api.admin.keyPem });
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': path, ...headers });
    const chunks: Buffer[] = [];
    let answer = {};
    stream.on('response', (received) => (answer = received));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('end', () => {
      session.destroy();
      resolve({ headers: answer, body: Buffer.concat(chunks) });
    });
  });
}

void test('a list larger than any buffer arrives whole by every way: HTTP/1.1 and 2, plain and compressed', async () => {
  for (const over of [over1, over2]) {
    for (const accepted of ['identity', 'gzip']) {
      const { headers, body } = await over(CONFIG_MAPS, { 'accept-encoding': accepted });
      assert.equal(headers['content-encoding'], accepted === 'gzip' ? 'gzip' : undefined);
      const list = JSON.parse((accepted === 'gzip' ? gunzipSync(body) : body).toString()) as {
        items: { metadata: { name: string }; data: { text: string } }[];
      };
      assert.ok(body.length > (accepted === 'gzip' ? 1_000 : 1_000_000));
      assert.deepEqual(
        list.items.filter(({ metadata }) => metadata.name.startsWith('large-')).map(({ data }) => data.text.length),
        Array.from({ length: COUNT }, (_, i) => `é${i}`.length * 8_000),
      );
    }
  }
});

void test('a small list says its length', async () => {
  const { headers, body } = await over2(`${CONFIG_MAPS}?limit=2`, {});
  assert.equal(headers['content-length'], String(body.length));
});

void test('a large state is sent to a watcher as fast as it reads, then what changed meanwhile, in order', async () => {
  const session = http2.connect(api.url, { ca: api.caPem, cert: api.admin.certPem, key: api.admin.keyPem });
  const stream = session.request({ ':path': `${CONFIG_MAPS}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true` });
  await new Promise((resolve) => stream.once('response', resolve));
  // Nothing has been read yet but what the window lets through.
  for (let i = 0; i < 3; i++) await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: `late-${i}` } } });
  const names: string[] = [];
  let rest = '';
  await new Promise<void>((resolve, reject) => {
    stream.setEncoding('utf8');
    stream.on('error', reject);
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { type, object } = JSON.parse(line) as { type: string; object: { metadata: { name?: string } } };
        names.push(object.metadata.name ?? type);
      }
      if (names.includes('late-2')) resolve();
    });
  });
  session.destroy();
  const large = Array.from({ length: COUNT }, (_, i) => `large-${String(i).padStart(2, '0')}`);
  assert.deepEqual(names.slice(names.indexOf('large-00')), [...large, 'BOOKMARK', 'late-0', 'late-1', 'late-2']);
});

void test('whoever leaves in the middle of a list hurts nobody', async () => {
  const session = http2.connect(api.url, { ca: api.caPem, cert: api.admin.certPem, key: api.admin.keyPem });
  await Promise.all(
    ['identity', 'gzip'].map(
      (accepted) =>
        new Promise<void>((resolve) => {
          const stream = session.request({ ':path': CONFIG_MAPS, 'accept-encoding': accepted });
          stream.once('data', () => stream.close(http2.constants.NGHTTP2_CANCEL));
          stream.once('close', resolve);
        }),
    ),
  );
  session.destroy();
  const { body } = await over2(CONFIG_MAPS, {});
  assert.ok(body.length > 1_000_000);
});
