import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Endpoints, Pod, Service } from '#api/types/core-v1';
import { TriggerTimes } from '../services/trigger-times.ts';
import { planEndpoints } from './plan.ts';

function service(spec: Partial<Service['spec']> = {}): Service {
  return {
    metadata: { name: 'shop', namespace: 'default', labels: { team: 'a' }, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { selector: { app: 'web' }, clusterIP: '10.43.0.5', ipFamilies: ['IPv4'], ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec },
  };
}
function pod(name: string, ip: string, { ready = true, deleting = false, metrics = 9090 } = {}): Pod {
  return {
    metadata: { name, namespace: 'default', uid: name, ...(deleting ? { deletionTimestamp: 'x' } : {}) },
    spec: { nodeName: 'n1', containers: [{ name: 'app', image: 'app', ports: [{ name: 'metrics', containerPort: metrics }] }] },
    status: {
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: `2026-01-01T00:00:0${ip.at(-1)}Z` }],
    },
  };
}
/** `ready ips | not ready ips | ports` for each subset. */
function subsetsOf(endpoints: Endpoints | undefined): string[] {
  return (endpoints?.subsets ?? []).map((s) => {
    const ips = (list: { ip: string }[] = []): string => list.map((a) => a.ip).join(' ');
    return `${ips(s.addresses)} | ${ips(s.notReadyAddresses)} | ${(s.ports ?? []).map((p) => `${p.name}:${p.port}`).join(' ')}`;
  });
}
const options = { present: undefined, triggerTime: undefined };

describe('endpoints of a service', () => {
  const a = pod('a', '10.0.0.1');
  const b = pod('b', '10.0.0.2');
  const twoPorts = service({
    ports: [
      { name: 'http', port: 80, targetPort: 8080 },
      { name: 'metrics', port: 81, targetPort: 'metrics' },
    ],
  });
  const table: { name: string; service: Service; pods: Pod[]; subsets: string[] }[] = [
    { name: 'are in one subset, by address', service: service(), pods: [pod('z', '10.0.0.10'), b, a], subsets: ['10.0.0.1 10.0.0.2 10.0.0.10 |  | http:8080'] },
    { name: 'tell what is not ready', service: service(), pods: [a, pod('b', '10.0.0.2', { ready: false })], subsets: ['10.0.0.1 | 10.0.0.2 | http:8080'] },
    { name: 'leave out what ends', service: service(), pods: [a, pod('b', '10.0.0.2', { deleting: true })], subsets: ['10.0.0.1 |  | http:8080'] },
    {
      name: 'keep everything where readiness does not matter',
      service: service({ publishNotReadyAddresses: true }),
      pods: [pod('a', '10.0.0.1', { ready: false }), pod('b', '10.0.0.2', { deleting: true })],
      subsets: ['10.0.0.1 10.0.0.2 |  | http:8080'],
    },
    { name: 'put ports with the same addresses together', service: twoPorts, pods: [a, b], subsets: ['10.0.0.1 10.0.0.2 |  | http:8080 metrics:9090'] },
    {
      name: 'split where a name means another port',
      service: twoPorts,
      pods: [a, pod('b', '10.0.0.2', { metrics: 9999 })],
      subsets: ['10.0.0.1 10.0.0.2 |  | http:8080', '10.0.0.1 |  | metrics:9090', '10.0.0.2 |  | metrics:9999'],
    },
    { name: 'need no ports without a cluster address', service: service({ clusterIP: 'None', ports: [] }), pods: [a], subsets: ['10.0.0.1 |  | '] },
    { name: 'are none without pods', service: service(), pods: [], subsets: [] },
  ];
  for (const row of table) test(row.name, () => assert.deepEqual(subsetsOf(planEndpoints(row.service, row.pods, options)), row.subsets));

  test('carry the labels of the service, and who manages them', () => {
    assert.deepEqual(planEndpoints(service({ clusterIP: 'None' }), [a], { ...options, triggerTime: '2026-01-01T00:00:01Z' })?.metadata, {
      name: 'shop',
      namespace: 'default',
      labels: { team: 'a', 'service.kubernetes.io/headless': '', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' },
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:01Z' },
    });
  });
  test('are not written when they are right', () => {
    const present = planEndpoints(service(), [a, b], options);
    assert.equal(planEndpoints(service(), [b, a], { ...options, present }), undefined);
  });
  test('hold a thousand addresses at most, ready ones first, and say when some are missing', () => {
    const many = Array.from({ length: 1200 }, (_, i) => pod(`p${i}`, `10.0.${i >> 8}.${i & 255}`, { ready: i >= 300 }));
    const cut = planEndpoints(service(), many, options);
    assert.deepEqual([cut?.subsets?.[0]?.addresses?.length, cut?.subsets?.[0]?.notReadyAddresses?.length], [900, 100]);
    assert.equal(cut?.metadata.annotations?.['endpoints.kubernetes.io/over-capacity'], 'truncated');
  });
});

test('the trigger time is that of the earliest change since the last look', () => {
  const times = new TriggerTimes();
  assert.equal(times.next('k', service(), []), '2026-01-01T00:00:00Z');
  assert.equal(times.next('k', service(), []), undefined);
  assert.equal(times.next('k', service(), [pod('a', '10.0.0.5'), pod('b', '10.0.0.3')]), '2026-01-01T00:00:03Z');
  assert.equal(times.next('k', service(), [pod('a', '10.0.0.7'), pod('b', '10.0.0.3')]), '2026-01-01T00:00:07Z');
  times.forget('k');
  assert.equal(times.next('k', service(), []), '2026-01-01T00:00:00Z');
});
