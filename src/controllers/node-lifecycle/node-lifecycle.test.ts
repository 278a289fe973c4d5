import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { events, leases, nodes, pods } from '#api';
import type { Node, Pod } from '#api/types/core-v1';
import { FakeClock, rfc3339, rfc3339Micro } from '#lib';
import { newNode, startTestCluster, type TestCluster } from '../testing/test-cluster.ts';
import { EvictionPace } from './eviction-pace.ts';
import { planTaints, silentConditions, zoneState } from './plan.ts';

const NOW = Date.UTC(2026, 0, 1);

function node(name: string, conditions: Record<string, 'True' | 'False' | 'Unknown'>, spec: Node['spec'] = {}): Node {
  return {
    metadata: { name, creationTimestamp: '2025-01-01T00:00:00Z' },
    spec,
    status: { conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })) },
  };
}
function taintsOf(of: Node, eviction: 'now' | 'later' | 'never' = 'now'): string[] | undefined {
  return planTaints(of, eviction, NOW)?.map((t) => `${t.key.replace('node.kubernetes.io/', '')}:${t.effect}`);
}

describe('taints by condition', () => {
  const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' } as const;
  const table: { name: string; node: Node; eviction?: 'now' | 'later' | 'never'; taints: string[] | undefined }[] = [
    { name: 'a healthy node has none', node: node('a', { Ready: 'True', MemoryPressure: 'False' }), taints: undefined },
    { name: 'not ready', node: node('a', { Ready: 'False' }), taints: ['not-ready:NoSchedule', 'not-ready:NoExecute'] },
    { name: 'unreachable', node: node('a', { Ready: 'Unknown' }), taints: ['unreachable:NoSchedule', 'unreachable:NoExecute'] },
    {
      name: 'pressure',
      node: node('a', { Ready: 'True', DiskPressure: 'True', PIDPressure: 'True' }),
      taints: ['disk-pressure:NoSchedule', 'pid-pressure:NoSchedule'],
    },
    { name: 'cordoned', node: node('a', { Ready: 'True' }, { unschedulable: true }), taints: ['unschedulable:NoSchedule'] },
    { name: 'not ready, but not to be emptied yet', node: node('a', { Ready: 'False' }), eviction: 'later', taints: ['not-ready:NoSchedule'] },
    { name: 'ready again', node: node('a', { Ready: 'True' }, { taints: [notReady] }), eviction: 'later', taints: [] },
    {
      name: 'from not ready to unreachable',
      node: node('a', { Ready: 'Unknown' }, { taints: [notReady] }),
      eviction: 'later',
      taints: ['unreachable:NoSchedule', 'unreachable:NoExecute'],
    },
    { name: 'the whole cluster is down', node: node('a', { Ready: 'False' }, { taints: [notReady] }), eviction: 'never', taints: ['not-ready:NoSchedule'] },
    { name: 'a new node that has not reported', node: node('a', {}), taints: undefined },
  ];
  for (const row of table) test(row.name, () => assert.deepEqual(taintsOf(row.node, row.eviction), row.taints));

  test('those of others stay', () => {
    const spec = { taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' as const }] };
    assert.deepEqual(taintsOf(node('a', { Ready: 'False' }, spec)), ['dedicated:NoSchedule', 'not-ready:NoSchedule', 'not-ready:NoExecute']);
  });
});

test('a silent node has only unknown conditions', () => {
  const conditions = silentConditions(node('a', { Ready: 'True', DiskPressure: 'False', NetworkUnavailable: 'False' }), NOW);
  assert.deepEqual(
    conditions?.map((c) => `${c.type}=${c.status} ${c.reason ?? ''}: ${c.message ?? ''}`),
    [
      'Ready=Unknown NodeStatusUnknown: Kubelet stopped posting node status.',
      'DiskPressure=Unknown NodeStatusUnknown: Kubelet stopped posting node status.',
      'NetworkUnavailable=False : ',
      'MemoryPressure=Unknown NodeStatusNeverUpdated: Kubelet never posted node status.',
      'PIDPressure=Unknown NodeStatusNeverUpdated: Kubelet never posted node status.',
    ],
  );
  assert.equal(silentConditions({ ...node('a', {}), status: { conditions } }, NOW), undefined);
});

test('a zone is partly disrupted when more than two nodes and more than half are not ready', () => {
  assert.deepEqual(
    [zoneState(1, 2), zoneState(2, 3), zoneState(3, 3), zoneState(0, 1), zoneState(1, 0)],
    ['Normal', 'PartialDisruption', 'Normal', 'FullDisruption', 'Normal'],
  );
});

test('one node of a zone is emptied in ten seconds, and none while all are down', async () => {
  const clock = new FakeClock();
  const pace = new EvictionPace(clock);
  const [up, down, down2] = [node('a', { Ready: 'True' }), node('b', { Ready: 'False' }), node('c', { Ready: 'False' })];
  assert.deepEqual(pace.ask(down, [down, down2]), { eviction: 'never' });
  assert.deepEqual(pace.ask(down, [up, down, down2]), { eviction: 'now' });
  assert.deepEqual(pace.ask(down2, [up, down, down2]), { eviction: 'later', retryAfterMs: 10_000 });
  await clock.advance(10_000);
  assert.deepEqual(pace.ask(down2, [up, down, down2]), { eviction: 'now' });
});

describe('on a real API server', () => {
  async function renew(cluster: TestCluster, name: string, clock: FakeClock): Promise<void> {
    const metadata = { name, namespace: 'kube-node-lease' };
    const spec = { holderIdentity: name, renewTime: rfc3339Micro(clock.now()) };
    const { items } = await cluster.client.list(leases, { namespace: 'kube-node-lease' });
    const lease = items.find((l) => l.metadata.name === name);
    if (lease) await cluster.client.update(leases, { ...lease, spec });
    else await cluster.client.create(leases, { metadata, spec });
  }
  const readyOf = (n: Node): string => n.status?.conditions?.find((c) => c.type === 'Ready')?.status ?? '';
  const hasTaint = (n: Node, key: string): boolean => (n.spec.taints ?? []).some((t) => t.key === `node.kubernetes.io/${key}` && t.effect === 'NoExecute');

  test('a node that falls silent is unreachable after 50 s, its pods are not ready, and leave when their time is up', async () => {
    const clock = new FakeClock(Date.now());
    await using cluster = await startTestCluster({ clock });
    await cluster.client.create(nodes, newNode('node-2'));
    for (const [name, tolerationSeconds] of [
      ['hasty', 0],
      ['patient', 300],
    ] as const) {
      const tolerations = [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists' as const, effect: 'NoExecute' as const, tolerationSeconds }];
      await cluster.client.create(pods, { metadata: { name, namespace: 'default' }, spec: { containers: [{ name: 'a', image: 'a' }], tolerations } });
      const isRunning = (p: Pod): boolean => p.status?.phase === 'Running';
      await cluster.eventually(`pod ${name} to run`, () => cluster.get(pods, name), isRunning);
    }
    for (let i = 0; i < 4; i++) {
      await renew(cluster, 'node-1', clock);
      await renew(cluster, 'node-2', clock);
      await cluster.idle();
      await clock.advance(20_000);
    }
    assert.equal(readyOf(await cluster.get(nodes, 'node-1')), 'True');
    cluster.kubelet.ends = () => false;
    cluster.kubelet.becomesReady = () => false;
    for (let i = 0; i < 4; i++) {
      await renew(cluster, 'node-2', clock);
      await cluster.idle();
      await clock.advance(20_000);
    }
    await cluster.eventually(
      'node-1 to be unreachable',
      () => cluster.get(nodes, 'node-1'),
      (n) => readyOf(n) === 'Unknown' && hasTaint(n, 'unreachable'),
    );
    assert.equal(readyOf(await cluster.get(nodes, 'node-2')), 'True');
    // One tolerates the taint not at all, the other for five minutes.
    const isLeaving = (p: Pod): boolean => p.metadata.deletionTimestamp !== undefined;
    const evicted = await cluster.eventually('the hasty pod to be deleted', () => cluster.get(pods, 'hasty'), isLeaving);
    const target = evicted.status?.conditions?.find((c) => c.type === 'DisruptionTarget');
    assert.equal(`${target?.reason}: ${target?.message}`, 'DeletionByTaintManager: Taint manager: deleting due to NoExecute taint');
    const patient = await cluster.get(pods, 'patient');
    assert.equal(patient.status?.conditions?.find((c) => c.type === 'Ready')?.status, 'False');
    assert.equal(isLeaving(patient), false);
    await clock.advance(301_000);
    await cluster.eventually('the patient pod to be deleted', () => cluster.get(pods, 'patient'), isLeaving);
    const reasons = (await cluster.list(events, 'default')).map((e) => `${e.source?.component} ${e.reason}`);
    for (const wanted of ['node-controller NodeNotReady', 'node-controller RegisteredNode', 'taint-eviction-controller TaintManagerEviction']) {
      assert.ok(reasons.includes(wanted), `${wanted} in ${reasons.join('\n')}`);
    }
  });

  test('a node that comes back loses its taints, and pods that were to leave stay', async () => {
    const clock = new FakeClock(Date.now());
    await using cluster = await startTestCluster({ clock });
    await cluster.client.create(nodes, newNode('node-2'));
    const tolerations = [{ operator: 'Exists' as const, effect: 'NoExecute' as const, tolerationSeconds: 300 }];
    await cluster.client.create(pods, {
      metadata: { name: 'a', namespace: 'default' },
      spec: { nodeName: 'node-1', containers: [{ name: 'a', image: 'a' }], tolerations },
    });
    const setReady = async (status: 'True' | 'False'): Promise<void> => {
      const now = await cluster.get(nodes, 'node-1');
      const conditions = [{ type: 'Ready', status, lastHeartbeatTime: rfc3339(clock.now()), lastTransitionTime: rfc3339(clock.now()) }];
      await cluster.client.update(nodes, { ...now, status: { ...now.status, conditions } }, { subresource: 'status' });
    };
    await setReady('False');
    await cluster.eventually(
      'the taint',
      () => cluster.get(nodes, 'node-1'),
      (n) => hasTaint(n, 'not-ready'),
    );
    await cluster.idle();
    await setReady('True');
    await cluster.eventually(
      'no taints',
      () => cluster.get(nodes, 'node-1'),
      (n) => (n.spec.taints ?? []).length === 0,
    );
    await cluster.eventually(
      'the cancellation',
      () => cluster.list(events, 'default'),
      (all) => all.some((e) => e.message === 'Cancelling deletion of Pod default/a'),
    );
    await clock.advance(400_000);
    assert.equal((await cluster.get(pods, 'a')).metadata.deletionTimestamp, undefined);
  });
});
