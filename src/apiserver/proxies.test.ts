import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { isProxyable } from './endpoints/service-proxy.ts';
import { proxyTo } from './endpoints/proxy.ts';
import type { HttpRequest } from './listener/http-message.ts';
import { type Answer, startTestServer, type TestServer, textOf } from './testing/test-server.ts';

const DEFAULT = '/api/v1/namespaces/default';
const POLICY = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
const MERGE = { 'content-type': 'application/merge-patch+json' };

async function ok(answer: Promise<Answer>): Promise<Answer> {
  const result = await answer;
  assert.ok(result.status < 300, result.text);
  return result;
}
async function startWithPod(podIP: string): Promise<TestServer> {
  const api = await startTestServer();
  await ok(api.fetch('POST', `${DEFAULT}/serviceaccounts`, { body: { metadata: { name: 'default' } } }));
  const spec = { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] };
  await ok(api.fetch('POST', `${DEFAULT}/pods`, { body: { metadata: { name: 'p', labels: { app: 'a' } }, spec } }));
  const status = { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions: [{ type: 'Ready', status: 'True' }] };
  await ok(api.fetch('PATCH', `${DEFAULT}/pods/p/status`, { headers: MERGE, body: { status } }));
  return api;
}

test('addresses of the host itself and of its link are not proxied to', () => {
  for (const ip of ['127.0.0.1', '127.9.9.9', '169.254.169.254', '0.0.0.0', '::1', '::', 'fe80::1', '::ffff:127.0.0.1', 'ff02::1', 'localhost', ''])
    assert.equal(isProxyable(ip), false, ip);
  for (const ip of ['10.42.0.5', '192.168.1.1', 'fd00::1', '2001:db8::1']) assert.equal(isProxyable(ip), true, ip);
});

test('a Pod that claims the host’s own address, and ports that are none, are refused', async () => {
  await using api = await startWithPod('127.0.0.1');
  const refused = await api.fetch('GET', `${DEFAULT}/pods/p:6443/proxy/`);
  assert.deepEqual([refused.status, refused.json['message']], [400, 'address not allowed']);
  await ok(api.fetch('PATCH', `${DEFAULT}/pods/p/status`, { headers: MERGE, body: { status: { podIP: '10.42.0.5', podIPs: [{ ip: '10.42.0.5' }] } } }));
  const wrong = await api.fetch('GET', `${DEFAULT}/pods/p:99999/proxy/`);
  assert.deepEqual([wrong.status, wrong.json['message']], [400, 'invalid pod request "p:99999"']);
});

test('a Service leads only to Pods, whatever addresses its endpoints name', async () => {
  const local = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  const host = local ?? '127.0.0.1';
  const backend = http.createServer((request, response) => response.end(`${request.method} ${request.url}`));
  await new Promise<void>((resolve) => backend.listen(0, host, resolve));
  const { port } = backend.address() as AddressInfo;
  await using api = await startWithPod(host);
  await ok(api.fetch('POST', `${DEFAULT}/services`, { body: { metadata: { name: 's' }, spec: { ports: [{ name: 'web', port: 80 }] } } }));
  const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
  const slice = (name: string, endpoints: object[]) => ({
    metadata: { name, labels: { 'kubernetes.io/service-name': 's' } },
    addressType: 'IPv4',
    ports: [{ name: 'web', port, protocol: 'TCP' }],
    endpoints,
  });
  await ok(
    api.fetch('POST', slices, {
      body: slice('forged', [{ addresses: [host] }, { addresses: ['10.0.0.1'], targetRef: { kind: 'Pod', name: 'p', namespace: 'default' } }]),
    }),
  );
  for (const [id, status, message] of [
    ['s:web', 503, 'no endpoints available for service "s:web"'],
    ['s', 503, 'no endpoints available for service "s"'],
    ['http:s:80', 503, 'no endpoints available for service "http:s:80"'],
    ['s:81', 503, 'no service port 81 found for service "s"'],
    ['ftp:s:80', 400, 'invalid service request "ftp:s:80"'],
    [':80', 400, 'invalid service request ":80"'],
    ['other', 404, 'services "other" not found'],
  ] as const) {
    const none = await api.fetch('GET', `${DEFAULT}/services/${id}/proxy/x`);
    assert.deepEqual([none.status, none.json['message']], [status, message]);
  }
  await ok(api.fetch('POST', slices, { body: slice('real', [{ addresses: [host], targetRef: { kind: 'Pod', name: 'p', namespace: 'default' } }]) }));
  if (local) {
    assert.equal((await ok(api.fetch('GET', `${DEFAULT}/services/s:web/proxy/a%2Fb?c=d`))).text, 'GET /a%2Fb?c=d');
    assert.equal((await ok(api.fetch('PUT', `${DEFAULT}/pods/p:${port}/proxy/x`, { body: { a: 1 } }))).text, 'PUT /x');
  }
  backend.closeAllConnections();
  backend.close();
});

test('what proxied requests carry says nothing of who asks', async () => {
  let seen: http.IncomingHttpHeaders = {};
  const backend = http.createServer((request, response) => {
    seen = request.headers;
    response.end();
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const { port } = backend.address() as AddressInfo;
  const headers = {
    authorization: 'Bearer secret',
    'impersonate-user': 'x',
    'impersonate-extra-a': 'x',
    'x-remote-user': 'x',
    'x-remote-extra-a': 'x',
    'proxy-authorization': 'x',
    connection: 'keep-alive, X-Private',
    'x-private': 'x',
    'x-forwarded-for': '192.0.2.9',
    'x-kept': 'yes',
  };
  const request: HttpRequest = {
    method: 'GET',
    path: '/p',
    search: '',
    headers,
    remoteAddress: '192.0.2.1',
    certificate: undefined,
    proxyCertificate: undefined,
    certificateProblem: undefined,
    isUpgrade: false,
    body: () => Promise.resolve(Buffer.alloc(0)),
    signal: new AbortController().signal,
  };
  const answer = await proxyTo({ isTls: false, host: '127.0.0.1', port, path: '/' }, request);
  assert.equal(answer.status, 200);
  const { host: _host, connection: _connection, ...rest } = seen;
  assert.deepEqual(rest, { 'x-kept': 'yes', 'x-forwarded-for': '192.0.2.9, 192.0.2.1', 'x-forwarded-uri': '/p' });
  backend.closeAllConnections();
  backend.close();
});

test('an eviction that a disruption budget forbids is refused in upstream’s words, and takes from it otherwise', async () => {
  await using api = await startWithPod('10.42.0.5');
  await ok(api.fetch('POST', POLICY, { body: { metadata: { name: 'b' }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'a' } } } } }));
  const setStatus = (disruptionsAllowed: number, observedGeneration: number) =>
    ok(
      api.fetch('PATCH', `${POLICY}/b/status`, {
        headers: MERGE,
        body: { status: { disruptionsAllowed, observedGeneration, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 } },
      }),
    );
  const evict = () => api.fetch('POST', `${DEFAULT}/pods/p/eviction`, { body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } } });
  const early = await evict();
  assert.equal(early.status, 429, early.text);
  assert.equal(early.headers['retry-after'], '10');
  assert.match(early.text, /The disruption budget b is still being processed by the server\./);
  await setStatus(0, 1);
  const refused = await evict();
  assert.equal(refused.status, 429);
  assert.equal(refused.json['message'], "Cannot evict pod as it would violate the pod's disruption budget.");
  assert.match(refused.text, /"reason":"DisruptionBudget","message":"The disruption budget b needs 1 healthy pods and has 1 currently"/);
  await setStatus(1, 1);
  await ok(evict());
  const budget = await ok(api.fetch('GET', `${POLICY}/b`));
  assert.equal(textOf(budget.json['status']?.['disruptionsAllowed']), '0');
  assert.deepEqual(Object.keys(budget.json['status']?.['disruptedPods'] ?? {}), ['p']);
  assert.notEqual((await ok(api.fetch('GET', `${DEFAULT}/pods/p`))).json['metadata']?.['deletionTimestamp'], undefined);
});

test('a page asked for after a restart shows the state of its list, not what came since', async () => {
  const first = await startTestServer();
  for (const name of ['a', 'c']) await ok(first.fetch('POST', `${DEFAULT}/configmaps`, { body: { metadata: { name } } }));
  const page = await ok(first.fetch('GET', `${DEFAULT}/configmaps?limit=1`));
  await ok(first.fetch('POST', `${DEFAULT}/configmaps`, { body: { metadata: { name: 'b' } } }));
  await first.server.stop();
  await using second = await startTestServer({ datastore: first.datastore });
  const token = encodeURIComponent(textOf(page.json['metadata']?.['continue']));
  const rest = await ok(second.fetch('GET', `${DEFAULT}/configmaps?limit=5&continue=${token}`));
  assert.match(rest.text, /"name":"c"/);
  assert.doesNotMatch(rest.text, /"name":"b"/);
});
