import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '#api/types/core-v1';
import { FakeClock } from '#lib';
import { defaultPlugins } from './plugins/index.ts';
import { type QueuedPod, SchedulingQueue } from './queue.ts';

function pod(name: string, spec: Partial<Pod['spec']> = {}): Pod {
  return { metadata: { name, namespace: 'default' }, spec: { containers: [], ...spec } };
}
function start() {
  const clock = new FakeClock();
  let calls = 0;
  const queue = new SchedulingQueue({ clock, plugins: defaultPlugins, ready: () => calls++ });
  const pop = (): QueuedPod => {
    const popped = queue.pop();
    assert.ok(popped, 'nothing to pop');
    return popped;
  };
  return { clock, queue, pop, ready: () => calls };
}
const BY_FIT = new Set(['NodeResourcesFit']);

void test('pods come by priority, then by age', async () => {
  const { clock, queue } = start();
  for (const [name, priority] of [
    ['a', 0],
    ['b', 0],
    ['high', 10],
  ] as const) {
    queue.set(pod(name, { priority }));
    await clock.advance(1);
  }
  assert.deepEqual(
    [1, 2, 3].map(() => queue.pop()?.info.pod.metadata.name),
    ['high', 'a', 'b'],
  );
  assert.equal(queue.pop(), undefined);
});
void test('a refused pod waits for an event that could help it', () => {
  const { queue, pop } = start();
  queue.set(pod('a'));
  queue.refused(pop(), BY_FIT);
  queue.happened('node-taints');
  assert.equal(queue.pop(), undefined);
  queue.happened('pod-removed');
  assert.equal(pop().attempts, 2);
});
void test('an event while a pod is being decided is not lost', () => {
  const { queue, pop, ready } = start();
  queue.set(pod('a'));
  const flying = pop();
  queue.happened('node-added');
  const before = ready();
  queue.refused(flying, BY_FIT);
  assert.ok(ready() > before);
  pop();
});
void test('a pod that failed backs off 1 s, 2 s, 4 s, 8 s, 10 s, 10 s', async () => {
  const { clock, queue, pop } = start();
  queue.set(pod('a'));
  for (const delayMs of [1000, 2000, 4000, 8000, 10_000, 10_000]) {
    queue.failed(pop());
    await clock.advance(delayMs - 1);
    assert.equal(queue.pop(), undefined);
    await clock.advance(1);
    assert.equal(queue.length, 1);
  }
});
void test('a pod nobody could help is tried again after five minutes', async () => {
  const { clock, queue, pop } = start();
  queue.set(pod('a'));
  queue.refused(pop(), BY_FIT);
  await clock.advance(299_999);
  assert.equal(queue.pop(), undefined);
  await clock.advance(1);
  pop();
});
void test('gated pods wait until their gates are gone', () => {
  const { queue, pop } = start();
  queue.set(pod('a', { schedulingGates: [{ name: 'quota' }] }));
  queue.happened('node-added');
  assert.equal(queue.pop(), undefined);
  queue.set(pod('a'));
  pop();
});
void test('a changed spec is another chance, a changed status is none', () => {
  const { queue, pop } = start();
  queue.set(pod('a'));
  queue.refused(pop(), BY_FIT);
  queue.set({ ...pod('a'), status: { phase: 'Pending' } });
  assert.equal(queue.pop(), undefined);
  queue.set(pod('a', { tolerations: [{ operator: 'Exists' }] }));
  assert.equal(pop().info.pod.spec?.tolerations?.length, 1);
});
void test('a pod deleted while being decided is not kept', async () => {
  const { clock, queue, pop } = start();
  queue.set(pod('a'));
  const flying = pop();
  queue.delete('default/a');
  assert.equal(queue.refused(flying, BY_FIT), false);
  queue.happened('node-added');
  await clock.advance(600_000);
  assert.equal(queue.pop(), undefined);
});
