import assert from 'node:assert/strict';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createAuthority, createLeaf, startTestServer, type TestServer, textOf } from './testing/test-server.ts';

const validity = { notBeforeMs: Date.now() - 3_600_000, notAfterMs: Date.now() + 86_400_000 };

interface Kubelet extends AsyncDisposable {
  readonly api: TestServer;
  readonly seen: string[];
}

/** A server with a node whose kubelet answers requests with a text and echoes upgraded connections. */
async function startWithKubelet(): Promise<Kubelet> {
  const ca = createAuthority({ commonName: 'kubelet-ca' }, validity);
  const serving = createLeaf(ca, { subject: { commonName: 'n1' }, usages: ['serverAuth'], altNames: ['127.0.0.1'], ...validity });
  const client = createLeaf(ca, { subject: { commonName: 'apiserver' }, usages: ['clientAuth'], ...validity });
  const seen: string[] = [];
  const kubelet = https.createServer({ cert: serving.certPem, key: serving.keyPem, ca: ca.certPem, requestCert: true, rejectUnauthorized: true });
  kubelet.on('request', (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.setHeader('content-type', 'text/plain');
    response.end('a line\n');
  });
  kubelet.on('upgrade', (request, socket) => {
    seen.push(`UPGRADE ${request.url} ${request.headers['sec-websocket-protocol'] ?? ''}`);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n');
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => kubelet.listen(0, '127.0.0.1', resolve));
  const api = await startTestServer({ kubeletClient: { certPem: client.certPem, keyPem: client.keyPem, caPem: ca.certPem } });
  await prepare(api, (kubelet.address() as AddressInfo).port);
  return {
    api,
    seen,
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      kubelet.closeAllConnections();
      await new Promise((resolve) => kubelet.close(resolve));
    },
  };
}

async function prepare(api: TestServer, port: number): Promise<void> {
  const post = async (path: string, body: object): Promise<void> => {
    const answer = await api.fetch('POST', path, { body });
    assert.equal(answer.status, 201, answer.text);
  };
  await post('/api/v1/nodes', { metadata: { name: 'n1' } });
  const status = { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: port } } };
  const patched = await api.fetch('PATCH', '/api/v1/nodes/n1/status', { headers: { 'content-type': 'application/merge-patch+json' }, body: { status } });
  assert.equal(patched.status, 200, patched.text);
  await post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  const pod = (name: string, nodeName: string | undefined, containers: string[]) =>
    post('/api/v1/namespaces/default/pods', { metadata: { name }, spec: { nodeName, containers: containers.map((each) => ({ name: each, image: 'i' })) } });
  await pod('one', 'n1', ['c']);
  await pod('two', 'n1', ['a', 'b']);
  await pod('waiting', undefined, ['c']);
}

const PODS = '/api/v1/namespaces/default/pods';

test('logs come from the kubelet, of the container that is meant', async () => {
  await using kubelet = await startWithKubelet();
  const { api, seen } = kubelet;
  assert.equal((await api.fetch('GET', `${PODS}/one/log?follow=true&tailLines=5`)).text, 'a line\n');
  assert.equal(seen.at(-1), 'GET /containerLogs/default/one/c?follow=true&tailLines=5');
  const unclear = await api.fetch('GET', `${PODS}/two/log`);
  assert.equal(unclear.json['message'], 'a container name must be specified for pod two, choose one of: [a b]');
  const wrong = await api.fetch('GET', `${PODS}/two/log?container=z`);
  assert.equal(wrong.json['message'], 'container z is not valid for pod two');
  const negative = await api.fetch('GET', `${PODS}/one/log?tailLines=-1`);
  assert.equal(negative.json['message'], 'PodLogOptions "one" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0');
  const none = await api.fetch('GET', `${PODS}/waiting/log`);
  assert.deepEqual([none.status, none.text, none.headers['content-type']], [204, '', undefined]);
});

test('options of logs are read and judged before the Pod is looked for', async () => {
  await using kubelet = await startWithKubelet();
  const { api, seen } = kubelet;
  const messageOf = async (query: string) => textOf((await api.fetch('GET', `${PODS}/gone/log?${query}`)).json['message']);
  for (const text of ['x', '', '1.5', '0x1']) assert.equal(await messageOf(`tailLines=${text}`), `strconv.ParseInt: parsing "${text}": invalid syntax`);
  assert.equal(await messageOf('limitBytes=9223372036854775808'), 'strconv.ParseInt: parsing "9223372036854775808": value out of range');
  assert.equal(await messageOf('sinceTime=now'), 'parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"');
  const invalid = 'PodLogOptions "gone" is invalid:';
  assert.equal(await messageOf('limitBytes=0'), `${invalid} limitBytes: Invalid value: 0: must be greater than 0`);
  const both = 'at most one of `sinceTime` or `sinceSeconds` may be specified';
  assert.equal(await messageOf('sinceSeconds=1&sinceTime=2026-01-02T03:04:05Z'), `${invalid} []: Forbidden: ${both}`);
  assert.equal(await messageOf('stream=X'), `${invalid} stream: Unsupported value: "X": supported values: "All", "Stderr", "Stdout"`);
  assert.equal(await messageOf('tailLines=3'), 'pods "gone" not found');
  await api.fetch('GET', `${PODS}/one/log?sinceSeconds=%2B7&stream=Stderr&sinceTime=`);
  assert.equal(seen.length, 0, 'an empty time is a time');
});

test('exec is tunnelled byte for byte, with its sub-protocol', async () => {
  await using kubelet = await startWithKubelet();
  const { api, seen } = kubelet;
  const echoed = await upgrade(api, `${PODS}/one/exec?command=ls&command=-l&stdin=true&stdout=1&tty=true`, 'hello');
  assert.equal(echoed, 'v5.channel.k8s.io hello');
  assert.equal(seen.at(-1), 'UPGRADE /exec/default/one/c?input=1&output=1&tty=1&command=ls&command=-l v5.channel.k8s.io');
  await upgrade(api, `${PODS}/one/portforward?ports=80`, 'x');
  assert.equal(seen.at(-1), 'UPGRADE /portForward/default/one?port=80 v5.channel.k8s.io');
});

test('an upgrade that is refused is an ordinary answer', async () => {
  await using kubelet = await startWithKubelet();
  const refused = await upgrade(kubelet.api, `${PODS}/waiting/exec?command=ls`, '');
  assert.match(refused, /^400 .*pod waiting does not have a host assigned/);
});

/** Opens a tunnel, says `text` and returns the sub-protocol with what comes back; or the status and body of a refusal. */
function upgrade({ url, caPem, admin }: TestServer, path: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = https.request(`${url}${path}`, {
      ca: caPem,
      cert: admin.certPem,
      key: admin.keyPem,
      agent: false,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-key': 'x',
        'sec-websocket-version': '13',
        'sec-websocket-protocol': 'v5.channel.k8s.io',
      },
    });
    request.on('upgrade', (response, socket) => {
      socket.write(text);
      socket.once('data', (chunk: Buffer) => {
        resolve(`${String(response.headers['sec-websocket-protocol'])} ${chunk.toString()}`);
        socket.destroy();
      });
    });
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve(`${response.statusCode} ${body}`));
    });
    request.on('error', reject);
    request.end();
  });
}
