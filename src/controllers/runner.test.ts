import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, type KubeList, type KubeObject, keyOf, newInternalError } from '#api';
import type { Client } from '#client';
import { createLog, FakeClock, logSink, seededRandom, waitFor } from '#lib';
import { type Controller, type Outcome, TerminalError } from './controller.ts';
import { type Pass, Runner } from './runner.ts';

logSink.level = 'fatal';

/** A client whose cluster has these objects and never changes. */
function clientWith(...items: KubeObject[]): Client {
  const list: KubeList = { metadata: { resourceVersion: '1' }, items };
  const never = new Promise<never>(() => undefined);
  const watch = () => ({ [Symbol.asyncIterator]: () => ({ next: () => never, return: () => never }) });
  return { list: async () => list, watch } as unknown as Client;
}

function startRunner(reconcile: (key: string) => Promise<Outcome>, options: { workers?: number; keys?: string[] } = {}) {
  const { workers = 2, keys = ['a'] } = options;
  const clock = new FakeClock();
  const passes: Pass[] = [];
  let enqueue: (key: string, delayMs?: number) => void = () => undefined;
  const controller: Controller = {
    name: 'sample',
    account: 'sample-controller',
    workers,
    connect(wiring) {
      enqueue = wiring.enqueue;
      wiring.informers.informer(configMaps).on({ added: (object) => wiring.enqueue(keyOf(object)) });
      return reconcile;
    },
  };
  const client = clientWith(...keys.map((name) => ({ metadata: { name } })));
  const runner = new Runner([controller], {
    clientFor: () => client,
    informerClient: client,
    log: createLog('test'),
    clock,
    random: seededRandom(1),
    onPass: (pass) => passes.push(pass),
  });
  return { runner, clock, passes, enqueue: (key: string, delayMs?: number) => enqueue(key, delayMs) };
}

test('every object that is there at the start is looked at once', async () => {
  const seen: string[] = [];
  const { runner } = startRunner(async (key) => (seen.push(key), 'done'), { keys: ['a', 'b', 'c'] });
  await runner.start();
  await waitFor('three passes', () => seen.length === 3 && runner.isIdle);
  assert.deepEqual(seen.sort(), ['a', 'b', 'c']);
  await runner.stop();
});

test('a key is worked on by one worker at a time, and again when it was asked for meanwhile', async () => {
  let running = 0;
  let most = 0;
  let count = 0;
  const gates: (() => void)[] = [];
  const { runner, enqueue } = startRunner(async () => {
    most = Math.max(most, ++running);
    count++;
    await new Promise<void>((resolve) => gates.push(resolve));
    running--;
    return 'done';
  });
  await runner.start();
  await waitFor('the first pass', () => gates.length === 1);
  for (let i = 0; i < 5; i++) enqueue('a');
  gates[0]?.();
  await waitFor('the second pass', () => gates.length === 2);
  gates[1]?.();
  await waitFor('rest', () => runner.isIdle);
  assert.deepEqual([most, count], [1, 2]);
  await runner.stop();
});

test('a failure is tried again after delays that double, until it goes well', async () => {
  const at: number[] = [];
  const { runner, clock, passes } = startRunner(async () => {
    at.push(clock.now());
    if (at.length < 5) throw newInternalError(new Error('not yet'));
    return 'done';
  });
  await runner.start();
  await waitFor('the first pass', () => passes.length === 1);
  await clock.advance(1000);
  const delays = at.slice(1).map((time, i) => time - (at[i] ?? 0));
  assert.deepEqual(delays, [5, 10, 20, 40]);
  assert.deepEqual(
    passes.map((p) => p.outcome),
    ['retry', 'retry', 'retry', 'retry', 'done'],
  );
  assert.ok(runner.isIdle);
  await runner.stop();
});

test('a terminal error is not tried again', async () => {
  const { runner, clock, passes } = startRunner(async () => {
    throw new TerminalError('no use');
  });
  await runner.start();
  await waitFor('the pass', () => passes.length === 1);
  await clock.advance(3_600_000);
  assert.deepEqual(
    passes.map((p) => p.outcome),
    ['terminal'],
  );
  await runner.stop();
});

test('a key comes back when its pass asked for it', async () => {
  let count = 0;
  const { runner, clock, passes } = startRunner(async () => (++count < 3 ? { requeueAfterMs: 60_000 } : 'done'));
  await runner.start();
  await waitFor('the first pass', () => passes.length === 1);
  await clock.advance(59_000);
  assert.equal(count, 1);
  await clock.advance(61_000);
  assert.equal(count, 3);
  await runner.stop();
});

test('stopping lets passes end and begins no more', async () => {
  let isDone = false;
  let count = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const { runner, enqueue } = startRunner(async () => {
    count++;
    await promise;
    isDone = true;
    return 'done';
  });
  await runner.start();
  await waitFor('the pass', () => count === 1);
  enqueue('b');
  await waitFor('the other pass', () => count === 2);
  enqueue('c');
  const stopped = runner.stop();
  resolve();
  await stopped;
  assert.deepEqual([isDone, count], [true, 2]);
});
