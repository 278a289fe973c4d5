/** Service rules in a real kernel, with namespaces for pods; started on an isolated machine by `service-proxy.test.ts`. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { endpointSlices, pods, services } from '#api';
import type { ServiceSpec } from '#api/types/core-v1';
import { runChecked, waitFor } from '#lib';
import { MemoryCluster } from '../fixtures/memory-client.ts';
import { elsewhere, HERE, podWithHostPort, service, slice } from '../fixtures/objects.ts';
import { askFromHost, makeBridge, PodNamespace } from '../fixtures/pod-namespaces.ts';
import { createServiceProxy, type ServiceProxy } from './service-proxy.ts';

const nodeIp = process.argv[2] ?? '';
const cluster = new MemoryCluster();
let proxy: ServiceProxy;
let a: PodNamespace;
let b: PodNamespace;
let outside: PodNamespace;

before(async () => {
  await makeBridge();
  [a, b] = await Promise.all([PodNamespace.open('pa', '10.42.0.5'), PodNamespace.open('pb', '10.42.0.6')]);
  outside = await PodNamespace.openOutside('outside', '192.168.50.2', '192.168.50.1');
  await Promise.all([a.serve('tcp:8080', 'tcp:9000', 'udp:5353'), b.serve('tcp:8080', 'udp:5353')]);
});
after(async () => {
  await proxy?.stop();
  for (const pod of [a, b, outside]) await pod?.close();
});

function newProxy(of = cluster): ServiceProxy {
  return createServiceProxy({ client: of.client, nodeName: HERE, nodeIps: [nodeIp], clusterCidr: '10.42.0.0/16', serviceCidr: '10.43.0.0/16' });
}
/** Changes the cluster and waits until the kernel shows `text` (or, with `isGone`, no longer does). */
async function until(text: string, isGone = false): Promise<void> {
  await waitFor(
    `${text}${isGone ? ' to be gone' : ''}`,
    async () => (await runChecked('nft', ['list', 'table', 'ip', 'k3ts-proxy'])).includes(text) !== isGone,
  );
}
async function answers(ask: () => Promise<string>, count = 12): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let index = 0; index < count; index++) seen.add(await ask());
  return seen;
}

test('unknown service addresses are refused before the API has answered', async () => {
  const silent = new MemoryCluster();
  silent.client.list = () => new Promise(() => undefined);
  const early = newProxy(silent);
  const startedMs = performance.now();
  await early.start();
  assert.ok(performance.now() - startedMs < 1000);
  assert.match(await askFromHost('10.43.0.1', 443), /refused/);
  assert.match(await a.ask('10.43.0.1', 443), /refused/);
  assert.equal(await askFromHost('10.43.0.1', 53, 'udp'), 'ECONNREFUSED');
  await early.stop();
});

test('a cluster address reaches every endpoint, from pods, from the host and from an endpoint itself', async () => {
  cluster.put(services, service('web', '10.43.0.50', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }] }));
  cluster.put(endpointSlices, slice('web', ['10.42.0.5', '10.42.0.6']));
  proxy = newProxy();
  await proxy.start();
  await proxy.synced;
  // From pod a: itself, seen from the bridge's address, and b, which sees a's own.
  assert.deepEqual(await answers(() => a.ask('10.43.0.50', 80), 20), new Set(['pa 10.42.0.1', 'pb 10.42.0.5']));
  assert.deepEqual(await answers(() => askFromHost('10.43.0.50', 80), 20), new Set(['pa 10.42.0.1', 'pb 10.42.0.1']));
});

test('a node port answers on every address of the node', async () => {
  for (const address of [nodeIp, '127.0.0.1', '10.42.0.1']) assert.match(await askFromHost(address, 30_080), /^p[ab] /);
  assert.match(await a.ask(nodeIp, 30_080), /^p[ab] /);
  assert.match(await outside.ask('192.168.50.1', 30_080), /^p[ab] 10\.42\.0\.1$/);
});

test('a service without endpoints refuses on all its addresses', async () => {
  cluster.put(
    services,
    service('none', '10.43.0.51', { type: 'NodePort', externalIPs: ['203.0.113.7'], ports: [{ port: 80, nodePort: 30_081, protocol: 'TCP' }] }),
  );
  await until('tcp . 30081');
  for (const address of ['10.43.0.51', '203.0.113.7']) {
    assert.match(await askFromHost(address, 80), /refused/);
    assert.match(await a.ask(address, 80), /refused/);
  }
  assert.match(await outside.ask('192.168.50.1', 30_081), /refused/);
});

test('an external address leads to the endpoints', async () => {
  cluster.put(
    services,
    service('ext', '10.43.0.52', { type: 'LoadBalancer', externalIPs: ['203.0.113.8'] }, { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } }),
  );
  cluster.put(endpointSlices, slice('ext', ['10.42.0.6']));
  await until('203.0.113.9');
  await until('203.0.113.8');
  assert.equal(await askFromHost('203.0.113.8', 80), 'pb 10.42.0.1');
  assert.equal(await a.ask('203.0.113.9', 80), 'pb 10.42.0.1');
});

test('externalTrafficPolicy Local keeps the client address and drops where there is no local endpoint', async () => {
  const spec: Partial<ServiceSpec> = { type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ port: 80, nodePort: 30_082, protocol: 'TCP' }] };
  cluster.put(services, service('local', '10.43.0.53', spec));
  cluster.put(endpointSlices, slice('local', ['10.42.0.5', elsewhere('10.42.9.9')]));
  await until('tcp . 30082');
  assert.deepEqual(await answers(() => outside.ask('192.168.50.1', 30_082), 5), new Set(['pa 192.168.50.2']));
  cluster.put(endpointSlices, slice('local', [elsewhere('10.42.9.9')]));
  await until('chain local/default/local', true);
  assert.match(await outside.ask('192.168.50.1', 30_082), /timed out/);
});

test('loadBalancerSourceRanges keeps others out', async () => {
  const spec: Partial<ServiceSpec> = { type: 'LoadBalancer', loadBalancerSourceRanges: ['198.51.100.0/24'], ports: [{ port: 81, protocol: 'TCP' }] };
  cluster.put(services, service('fenced', '10.43.0.54', spec, { loadBalancer: { ingress: [{ ip: '192.168.50.1' }] } }));
  cluster.put(endpointSlices, slice('fenced', ['10.42.0.5']));
  await until('fw/default/fenced');
  assert.match(await outside.ask('192.168.50.1', 81), /timed out/);
  cluster.put(
    services,
    service('fenced', '10.43.0.54', { ...spec, loadBalancerSourceRanges: ['192.168.50.0/24'] }, { loadBalancer: { ingress: [{ ip: '192.168.50.1' }] } }),
  );
  await until('198.51.100.0', true);
  assert.match(await outside.ask('192.168.50.1', 81), /^pa /);
});

test('a client with session affinity stays with its endpoint, also across a restart of the proxy', async () => {
  cluster.put(services, service('sticky', '10.43.0.55', { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } } }));
  cluster.put(endpointSlices, slice('sticky', ['10.42.0.5', '10.42.0.6']));
  await until('svc/default/sticky');
  const first = await answers(() => b.ask('10.43.0.55', 80));
  assert.equal(first.size, 1);
  await proxy.stop();
  proxy = newProxy();
  await proxy.start();
  await proxy.synced;
  assert.deepEqual(await answers(() => b.ask('10.43.0.55', 80)), first);
});

test('a host port reaches its pod until the pod has ended', async () => {
  cluster.put(pods, podWithHostPort('hp', '10.42.0.5', { hostPort: 8081, containerPort: 8080, protocol: 'TCP' }));
  await until('tcp . 8081');
  assert.match(await askFromHost('127.0.0.1', 8081), /^pa /);
  assert.equal(await outside.ask('192.168.50.1', 8081), 'pa 192.168.50.2');
  assert.match(await a.ask(nodeIp, 8081), /^pa /);
  cluster.remove(pods, 'default/hp');
  await until('tcp . 8081', true);
  assert.match(await askFromHost('127.0.0.1', 8081), /refused/);
});

test('an established connection outlives its endpoint and the service, new ones do not go there', async () => {
  cluster.put(services, service('hold', '10.43.0.56'));
  cluster.put(endpointSlices, slice('hold', ['10.42.0.5'], { port: 9000 }));
  await until('svc/default/hold');
  const socket = connect(80, '10.43.0.56');
  const [greeting] = (await once(socket, 'data')) as [Buffer];
  assert.match(greeting.toString(), /^pa /);
  cluster.remove(endpointSlices, 'default/hold-x');
  await until('svc/default/hold', true);
  socket.write('still there');
  const [echo] = (await once(socket, 'data')) as [Buffer];
  assert.equal(echo.toString(), 'still there');
  assert.match(await askFromHost('10.43.0.56', 80), /refused/);
  socket.destroy();
});

test('UDP flows leave an endpoint that went, also when it went while the proxy was away', async () => {
  const port = { name: 'dns', port: 5353, protocol: 'UDP' } as const;
  cluster.put(services, service('names', '10.43.0.57', { ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] }));
  cluster.put(endpointSlices, slice('names', ['10.42.0.5'], port));
  await until('svc/default/names');
  const socket = createSocket('udp4');
  const ask = async () => {
    socket.send('x', 53, '10.43.0.57');
    const [bytes] = (await once(socket, 'message', { signal: AbortSignal.timeout(300) })) as [Buffer];
    return bytes.toString().split(' ')[0];
  };
  assert.equal(await ask(), 'pa');
  cluster.put(endpointSlices, slice('names', ['10.42.0.6'], port));
  await waitFor('the other endpoint', async () => (await ask().catch(() => '')) === 'pb');
  await proxy.stop();
  cluster.put(endpointSlices, slice('names', ['10.42.0.5'], port));
  assert.equal(await ask(), 'pb');
  proxy = newProxy();
  await proxy.start();
  await proxy.synced;
  await waitFor('the first endpoint', async () => (await ask().catch(() => '')) === 'pa');
  socket.close();
});

test('a restart refuses no connection and removes what went meanwhile', async () => {
  let isOver = false;
  const asking = (async () => {
    const seen = new Set<string>();
    while (!isOver) seen.add(await askFromHost('10.43.0.50', 80));
    return seen;
  })();
  await proxy.stop();
  cluster.remove(services, 'default/ext');
  proxy = newProxy();
  await proxy.start();
  await proxy.synced;
  isOver = true;
  for (const answer of await asking) assert.match(answer, /^p[ab] /);
  const rules = await runChecked('nft', ['list', 'table', 'ip', 'k3ts-proxy']);
  assert.doesNotMatch(rules, /default\/ext/);
});

test('rules that somebody else flushed come back with the next change', async () => {
  await runChecked('nft', ['delete', 'table', 'ip', 'k3ts-proxy']);
  cluster.put(endpointSlices, slice('web', ['10.42.0.6']));
  await until('svc/default/web').catch(() => until('svc/default/web'));
  assert.equal(await a.ask('10.43.0.50', 80), 'pb 10.42.0.5');
});

test('one change among a thousand services is quick', async () => {
  for (let index = 0; index < 1000; index++) {
    cluster.put(services, service(`many-${index}`, `10.43.${100 + (index >> 8)}.${index & 255}`));
    cluster.put(endpointSlices, slice(`many-${index}`, ['10.42.0.5', '10.42.0.6']));
  }
  await until('svc/default/many-999/');
  const startedMs = performance.now();
  cluster.put(services, service('late', '10.43.0.99'));
  cluster.put(endpointSlices, slice('late', ['10.42.0.6']));
  await waitFor('the new service', async () => (await askFromHost('10.43.0.99', 80)).startsWith('pb'), { intervalMs: 1 });
  console.log(`# among 1000 services a new one answered after ${Math.round(performance.now() - startedMs)} ms`);
  assert.ok(performance.now() - startedMs < 1000);
});
