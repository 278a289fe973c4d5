import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodes, pods } from '#api';
import type { Node, Pod } from '#api/types/core-v1';
import { FakeClock } from '#lib';
import { startTestCluster } from '../testing/test-cluster.ts';
import { excessTerminated, isStranded, isUnscheduledTerminating } from './plan.ts';

test('of too many ended pods the evicted and the oldest go', () => {
  const pod = (name: string, phase: 'Failed' | 'Running' | 'Succeeded', creationTimestamp: string, reason = ''): Pod => ({
    metadata: { name, creationTimestamp },
    spec: { containers: [] },
    status: { phase, reason },
  });
  const all = [pod('run', 'Running', '1'), pod('old', 'Succeeded', '2'), pod('evicted', 'Failed', '9', 'Evicted'), pod('new', 'Failed', '5')];
  const names = (threshold: number) => excessTerminated(all, threshold).map((p) => p.metadata.name);
  assert.deepEqual(names(3), []);
  assert.deepEqual(names(2), ['evicted']);
  assert.deepEqual(names(1), ['evicted', 'old']);
  assert.deepEqual(names(0), []);
});

test('a pod that nobody will end is one that ends without a node, or on one that is out of service', () => {
  const ending: Pod = { metadata: { deletionTimestamp: 'x' }, spec: { containers: [] } };
  const running: Pod = { metadata: {}, spec: { containers: [] } };
  assert.deepEqual([isUnscheduledTerminating(ending), isUnscheduledTerminating(running)], [true, false]);
  assert.equal(isUnscheduledTerminating({ ...ending, spec: { containers: [], nodeName: 'n' } }), false);
  const node = (ready: 'True' | 'Unknown', key: string): Node => ({
    metadata: {},
    spec: { taints: [{ key, effect: 'NoExecute' }] },
    status: { conditions: [{ type: 'Ready', status: ready }] },
  });
  const outOfService = node('Unknown', 'node.kubernetes.io/out-of-service');
  assert.deepEqual([isStranded(ending, outOfService), isStranded(running, outOfService)], [true, false]);
  assert.deepEqual([isStranded(ending, node('True', 'node.kubernetes.io/out-of-service')), isStranded(ending, node('Unknown', 'x'))], [false, false]);
});

const spec: Pod['spec'] = { containers: [{ name: 'a', image: 'a' }] };

test('pods of a node that is gone are removed after a while', async () => {
  const clock = new FakeClock(Date.now());
  await using cluster = await startTestCluster({ clock });
  await cluster.client.create(pods, { metadata: { name: 'a', namespace: 'default' }, spec });
  await cluster.eventually(
    'the pod to run',
    () => cluster.get(pods, 'a'),
    (p) => p.status?.phase === 'Running',
  );
  await cluster.client.delete(nodes, { name: 'node-1' });
  await cluster.gone(nodes, 'node-1');
  await cluster.idle();
  await clock.advance(39_000);
  await cluster.get(pods, 'a');
  await clock.advance(2_000);
  await cluster.gone(pods, 'a');
});

test('beyond the threshold ended pods are removed', async () => {
  const clock = new FakeClock(Date.now());
  await using cluster = await startTestCluster({ clock, terminatedPodThreshold: 1 });
  for (const name of ['a', 'b', 'c']) {
    await cluster.client.create(pods, { metadata: { name, namespace: 'default' }, spec });
    const running = await cluster.eventually(
      `pod ${name} to run`,
      () => cluster.get(pods, name),
      (p) => p.status?.phase === 'Running',
    );
    await cluster.client.update(pods, { ...running, status: { ...running.status, phase: 'Succeeded' } }, { subresource: 'status' });
  }
  await cluster.idle();
  await clock.advance(1_000);
  await cluster.eventually(
    'one pod',
    () => cluster.list(pods, 'default'),
    (all) => all.length === 1,
  );
});
