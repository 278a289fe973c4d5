import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReplicaSet } from '#api/types/apps-v1';
import type { Pod } from '#api/types/core-v1';
import { newPod, nextAvailabilityMs, planReplicas, planStatus } from './plan.ts';
import { rankForDeletion } from './rank.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

function replicaSet(replicas: number, spec: Partial<ReplicaSet['spec']> = {}): ReplicaSet {
  const labels = { app: 'web' };
  const template = { metadata: { labels, annotations: { note: 'x' } }, spec: { containers: [{ name: 'app', image: 'app:1' }] } };
  return {
    metadata: { name: 'web', namespace: 'default', uid: 'rs', generation: 2 },
    spec: { replicas, selector: { matchLabels: labels }, template, ...spec },
  };
}

interface PodOptions {
  node?: string;
  phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readySince?: number;
  deleting?: boolean;
  cost?: string;
  restarts?: number;
  age?: number;
}
function pod(name: string, options: PodOptions = {}): Pod {
  const { node = 'n1', phase = 'Running', readySince, deleting, cost, restarts = 0, age = 100 } = options;
  const metadata: Pod['metadata'] = { name, namespace: 'default', uid: name, labels: { app: 'web' }, creationTimestamp: ago(age) };
  if (deleting) metadata.deletionTimestamp = ago(1);
  if (cost !== undefined) metadata.annotations = { 'controller.kubernetes.io/pod-deletion-cost': cost };
  const conditions = readySince === undefined ? [] : [{ type: 'Ready', status: 'True' as const, lastTransitionTime: ago(readySince) }];
  const containerStatuses = [{ name: 'app', ready: readySince !== undefined, restartCount: restarts, image: '', imageID: '' }];
  return { metadata, spec: { containers: [], ...(node ? { nodeName: node } : {}) }, status: { phase, conditions, containerStatuses } };
}

describe('how many pods', () => {
  const table: { name: string; wanted: number; pods: Pod[]; create: number; remove: string[] }[] = [
    { name: 'too few are made', wanted: 3, pods: [pod('a')], create: 2, remove: [] },
    { name: 'ended ones do not count', wanted: 1, pods: [pod('a', { phase: 'Failed' }), pod('b', { phase: 'Succeeded' })], create: 1, remove: [] },
    { name: 'ones being deleted do not count', wanted: 1, pods: [pod('a', { deleting: true })], create: 1, remove: [] },
    { name: 'enough is enough', wanted: 1, pods: [pod('a')], create: 0, remove: [] },
    { name: 'too many are removed', wanted: 1, pods: [pod('a', { readySince: 9 }), pod('b')], create: 0, remove: ['b'] },
    { name: 'at most 500 at once', wanted: 900, pods: [], create: 500, remove: [] },
  ];
  for (const { name, wanted, pods, create, remove } of table) {
    test(name, () => {
      const plan = planReplicas(replicaSet(wanted), pods, { related: () => pods, nowMs: NOW });
      assert.deepEqual({ create: plan.create, remove: plan.remove.map((p) => p.metadata.name) }, { create, remove });
    });
  }
});

describe('which pod goes first', () => {
  const ready = { readySince: 60 };
  const table: { name: string; first: Pod; next: Pod; related?: Pod[] }[] = [
    { name: 'unassigned before assigned', first: pod('z', { node: '', phase: 'Pending' }), next: pod('a', { phase: 'Pending' }) },
    { name: 'pending before running', first: pod('z', { phase: 'Pending' }), next: pod('a') },
    { name: 'not ready before ready', first: pod('z'), next: pod('a', ready) },
    { name: 'cheap before dear', first: pod('z', { ...ready, cost: '-5' }), next: pod('a', { ...ready, cost: '7' }) },
    {
      name: 'doubled up before alone',
      first: pod('z', { ...ready, node: 'n1' }),
      next: pod('a', { ...ready, node: 'n2' }),
      related: [pod('z', { ...ready, node: 'n1' }), pod('o', { node: 'n1' }), pod('a', { ...ready, node: 'n2' })],
    },
    { name: 'ready for a shorter time before longer', first: pod('z', { readySince: 5 }), next: pod('a', { readySince: 500 }) },
    { name: 'ready times of the same magnitude: by uid', first: pod('a', { readySince: 61 }), next: pod('z', { readySince: 60 }) },
    { name: 'restarted more often before less', first: pod('z', { ...ready, restarts: 3 }), next: pod('a', ready) },
    { name: 'younger before older', first: pod('z', { age: 10 }), next: pod('a', { age: 1000 }) },
  ];
  for (const { name, first, next, related } of table) {
    test(name, () => {
      for (const pods of [
        [first, next],
        [next, first],
      ]) {
        assert.deepEqual(rankForDeletion(pods, related ?? pods, NOW), [first, next]);
      }
    });
  }
});

test('the status counts what there is and leaves zeros out where upstream does', () => {
  const pods = [pod('a', { readySince: 60 }), pod('b', { readySince: 5 }), pod('c'), pod('d', { deleting: true }), pod('e', { phase: 'Failed' })];
  assert.deepEqual(planStatus(replicaSet(3, { minReadySeconds: 10 }), pods, undefined, NOW), {
    replicas: 3,
    fullyLabeledReplicas: 3,
    readyReplicas: 2,
    availableReplicas: 1,
    terminatingReplicas: 1,
    observedGeneration: 2,
  });
  assert.deepEqual(planStatus(replicaSet(0), [], undefined, NOW), { replicas: 0, terminatingReplicas: 0, observedGeneration: 2 });
});

test('a failure becomes a condition, keeps its first wording, and goes when all is well', () => {
  const failed = planStatus(replicaSet(1), [], { reason: 'FailedCreate', message: 'quota' }, NOW);
  assert.deepEqual(failed.conditions, [
    { type: 'ReplicaFailure', status: 'True', lastTransitionTime: '2026-01-01T12:00:00Z', reason: 'FailedCreate', message: 'quota' },
  ]);
  const again = planStatus({ ...replicaSet(1), status: failed }, [], { reason: 'FailedCreate', message: 'other' }, NOW + 5000);
  assert.deepEqual(again.conditions, failed.conditions);
  assert.equal(planStatus({ ...replicaSet(1), status: failed }, [], undefined, NOW).conditions, undefined);
});

test('with minReadySeconds the next look is when the next pod becomes available', () => {
  const set = replicaSet(2, { minReadySeconds: 30 });
  assert.equal(nextAvailabilityMs(set, [pod('a', { readySince: 10 }), pod('b', { readySince: 25 }), pod('c')], NOW), 5000);
  assert.equal(nextAvailabilityMs(set, [pod('a', { readySince: 40 })], NOW), undefined);
});

test('a new pod is what the template says, owned by the set', () => {
  assert.deepEqual(newPod(replicaSet(1)), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'web-',
      namespace: 'default',
      labels: { app: 'web' },
      annotations: { note: 'x' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'rs', controller: true, blockOwnerDeletion: true }],
    },
    spec: { containers: [{ name: 'app', image: 'app:1' }] },
  });
});
