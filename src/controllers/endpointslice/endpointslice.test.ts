import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { endpointSlices, endpoints, pods, services } from '#api';
import type { Endpoints, Pod, Service } from '#api/types/core-v1';
import type { EndpointSlice } from '#api/types/discovery-v1';
import { startTestCluster } from '../testing/test-cluster.ts';
import { planEndpointSlices } from './plan.ts';

function service(spec: Partial<Service['spec']> = {}): Service {
  const ports = [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' as const }];
  return {
    metadata: { name: 'shop', namespace: 'default', uid: 's', labels: { team: 'a' } },
    spec: { selector: { app: 'web' }, clusterIP: '10.43.0.5', ipFamilies: ['IPv4'], ports, ...spec },
  };
}
interface PodOptions {
  ready?: boolean;
  deleting?: boolean;
  port?: number;
  phase?: 'Running' | 'Failed';
  hostname?: string;
}
function pod(name: string, ip: string, { ready = true, deleting, port = 8080, phase = 'Running', hostname }: PodOptions = {}): Pod {
  return {
    metadata: { name, namespace: 'default', uid: name, labels: { app: 'web' }, ...(deleting ? { deletionTimestamp: 'x' } : {}) },
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'app', image: 'app', ports: [{ name: 'web', containerPort: port, protocol: 'TCP' }] }],
      ...(hostname ? { hostname, subdomain: 'shop' } : {}),
    },
    status: { phase, podIP: ip, podIPs: [{ ip }], conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}
function plan(of: Service, all: Pod[], slices: EndpointSlice[] = []) {
  const node = { metadata: { name: 'node-1', labels: { 'topology.kubernetes.io/zone': 'z1' } }, spec: {} };
  return planEndpointSlices({ service: of, pods: all, slices, node: () => node, triggerTime: '2026-01-01T00:00:00Z' });
}
/** `10.0.0.1 ready serving` for each endpoint. */
function shown(slice: EndpointSlice | undefined): string[] {
  return (slice?.endpoints ?? []).map((e) => {
    const flags = Object.entries(e.conditions ?? {}).filter(([, value]) => value);
    return [...e.addresses, ...flags.map(([name]) => name)].join(' ');
  });
}

describe('the slices of a service', () => {
  test('hold its pods with labels, owner, ports, conditions, node and zone', () => {
    const { create, update, remove } = plan(service(), [pod('a', '10.42.0.1')]);
    assert.deepEqual([create.length, update.length, remove.length], [1, 0, 0]);
    assert.deepEqual(create[0], {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        generateName: 'shop-',
        namespace: 'default',
        labels: { team: 'a', 'kubernetes.io/service-name': 'shop', 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' },
        annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:00Z' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: 'shop', uid: 's', controller: true, blockOwnerDeletion: true }],
      },
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: ['10.42.0.1'],
          conditions: { ready: true, serving: true, terminating: false },
          targetRef: { kind: 'Pod', namespace: 'default', name: 'a', uid: 'a' },
          nodeName: 'node-1',
          zone: 'z1',
        },
      ],
      ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
    });
  });

  const states: { name: string; of: Service; pod: Pod; shown: string[] }[] = [
    { name: 'a ready pod', of: service(), pod: pod('a', '10.0.0.1'), shown: ['10.0.0.1 ready serving'] },
    { name: 'one that is not ready', of: service(), pod: pod('a', '10.0.0.1', { ready: false }), shown: ['10.0.0.1'] },
    { name: 'one that ends and still serves', of: service(), pod: pod('a', '10.0.0.1', { deleting: true }), shown: ['10.0.0.1 serving terminating'] },
    { name: 'one that has ended', of: service(), pod: pod('a', '10.0.0.1', { phase: 'Failed' }), shown: [] },
    {
      name: 'one that is not ready, where that does not matter',
      of: service({ publishNotReadyAddresses: true }),
      pod: pod('a', '10.0.0.1', { ready: false, deleting: true }),
      shown: ['10.0.0.1 ready terminating'],
    },
  ];
  for (const row of states) test(row.name, () => assert.deepEqual(shown(plan(row.of, [row.pod]).create[0]), row.shown));

  test('pods that mean another port by the same name are in slices of their own', () => {
    const { create } = plan(service(), [pod('a', '10.0.0.1'), pod('b', '10.0.0.2', { port: 9090 })]);
    assert.deepEqual(create.map((s) => String(s.ports?.[0]?.port)).sort(), ['8080', '9090']);
  });
  test('a headless service has its label and its pods their host names', () => {
    const { create } = plan(service({ clusterIP: 'None' }), [pod('a', '10.0.0.1', { hostname: 'a' })]);
    assert.equal(create[0]?.metadata.labels?.['service.kubernetes.io/headless'], '');
    assert.equal(create[0]?.endpoints?.[0]?.hostname, 'a');
  });
  test('there are at most a hundred endpoints in each', () => {
    const all = Array.from({ length: 250 }, (_, i) => pod(`p${i}`, `10.0.${i >> 8}.${i & 255}`));
    assert.deepEqual(
      plan(service(), all).create.map((s) => s.endpoints?.length),
      [100, 100, 50],
    );
  });
  test('a service without pods has an empty one', () => {
    const { create } = plan(service(), []);
    assert.deepEqual([create.length, create[0]?.endpoints, create[0]?.ports], [1, [], []]);
  });
  test('nothing is written when they are right', () => {
    const all = [pod('a', '10.0.0.1'), pod('b', '10.0.0.2')];
    const { create } = plan(service(), all);
    assert.deepEqual(plan(service(), all, [...create]), { create: [], update: [], remove: [] });
  });
  test('a changed pod changes its slice only, and one that is gone leaves a hole', () => {
    const all = Array.from({ length: 150 }, (_, i) => pod(`p${i}`, `10.0.0.${i}`));
    const present = plan(service(), all).create.map((s, i) => ({ ...s, metadata: { ...s.metadata, name: `s${i}` } }));
    const changed = [pod('p0', '10.0.0.0', { ready: false }), ...all.slice(2)];
    const { create, update, remove } = plan(service(), changed, present);
    assert.deepEqual([create.length, update.map((s) => `${s.metadata.name} ${s.endpoints?.length}`), remove.length], [0, ['s0 99'], 0]);
    assert.equal(shown(update[0])[0], '10.0.0.0');
  });
  test('new pods fill a slice with room', () => {
    const all = Array.from({ length: 150 }, (_, i) => pod(`p${i}`, `10.0.0.${i}`));
    const present = plan(service(), all).create.map((s, i) => ({ ...s, metadata: { ...s.metadata, name: `s${i}` } }));
    const { create, update } = plan(service(), [...all, pod('new', '10.0.1.1')], present);
    assert.deepEqual([create.length, update.map((s) => `${s.metadata.name} ${s.endpoints?.length}`)], [0, ['s1 51']]);
  });
  test('a slice left empty goes', () => {
    const present = plan(service(), [pod('a', '10.0.0.1', { port: 1 }), pod('b', '10.0.0.2')]).create;
    const { create, update, remove } = plan(service(), [pod('b', '10.0.0.2')], [...present]);
    assert.deepEqual([create.length, update.length, remove.map((s) => s.ports?.[0]?.port)], [0, 0, [1]]);
  });
});

describe('on a real API server', () => {
  const spec: Service['spec'] = { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] };

  test('endpoints and slices follow the pods of a service, and go with it', async () => {
    await using cluster = await startTestCluster();
    await cluster.client.create(services, { metadata: { name: 'web', namespace: 'default' }, spec });
    await cluster.deployment('web', 3);
    await cluster.rolledOut('web');
    const ready = async (): Promise<number> => {
      const slices = await cluster.list(endpointSlices, 'default');
      return slices.flatMap((s) => s.endpoints ?? []).filter((e) => e.conditions?.ready).length;
    };
    const older = (): Promise<Endpoints> => cluster.get(endpoints, 'web');
    await cluster.eventually('three endpoints', ready, (n) => n === 3);
    await cluster.eventually('three addresses', older, (e) => e.subsets?.[0]?.addresses?.length === 3);
    const [victim] = await cluster.list(pods, 'default');
    cluster.kubelet.becomesReady = () => false;
    await cluster.client.delete(pods, { namespace: 'default', name: victim?.metadata.name ?? '' });
    await cluster.eventually('two ready endpoints', ready, (n) => n === 2);
    const object = await cluster.eventually('an address that is not ready', older, (e) => e.subsets?.[0]?.notReadyAddresses?.length === 1);
    assert.equal(object.subsets?.[0]?.addresses?.length, 2);
    assert.deepEqual(object.subsets?.[0]?.ports, [{ name: 'http', port: 8080, protocol: 'TCP' }]);
    assert.equal(object.metadata.labels?.['endpoints.kubernetes.io/managed-by'], 'endpoint-controller');
    assert.equal((await cluster.list(endpointSlices, 'default')).length, 1);
    await cluster.client.delete(services, { namespace: 'default', name: 'web' });
    await cluster.gone(endpoints, 'web');
    await cluster.eventually(
      'the slices to go',
      () => cluster.list(endpointSlices, 'default'),
      (all) => all.length === 0,
    );
  });

  test('endpoints that a user keeps are mirrored', async () => {
    await using cluster = await startTestCluster();
    const metadata = { name: 'db', namespace: 'default' };
    const ports = [{ port: 5432 }];
    await cluster.client.create(endpoints, { metadata, subsets: [{ addresses: [{ ip: '192.0.2.1' }], notReadyAddresses: [{ ip: '192.0.2.2' }], ports }] });
    await cluster.client.create(services, { metadata, spec: { ports } });
    const slices = (): Promise<EndpointSlice[]> => cluster.list(endpointSlices, 'default');
    const [slice] = await cluster.eventually('the mirror', slices, (all) => all.length === 1);
    assert.equal(slice?.metadata.labels?.['endpointslice.kubernetes.io/managed-by'], 'endpointslicemirroring-controller.k8s.io');
    assert.deepEqual(shown(slice), ['192.0.2.1 ready', '192.0.2.2']);
    const object = await cluster.get(endpoints, 'db');
    await cluster.client.update(endpoints, { ...object, subsets: [{ addresses: [{ ip: '192.0.2.9' }], ports }] });
    await cluster.eventually('the change', slices, ([s]) => shown(s).join() === '192.0.2.9 ready');
    await cluster.client.delete(services, { namespace: 'default', name: 'db' });
    await cluster.eventually('the mirror to go', slices, (all) => all.length === 0);
  });
});
