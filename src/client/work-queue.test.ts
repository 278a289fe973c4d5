import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '#lib';
import { WorkQueue } from './work-queue.ts';

void test('a key waits at most once and comes in order', async () => {
  const queue = new WorkQueue();
  for (const key of ['a', 'b', 'a']) queue.add(key);
  assert.equal(queue.length, 2);
  assert.deepEqual([await queue.get(), await queue.get()], ['a', 'b']);
});
void test('a key is never with two workers, and comes again when it was added meanwhile', async () => {
  const queue = new WorkQueue();
  queue.add('a');
  assert.equal(await queue.get(), 'a');
  queue.add('a');
  queue.add('a');
  assert.equal(queue.length, 0);
  const next = queue.get();
  queue.done('a');
  assert.equal(await next, 'a');
  queue.done('a');
  assert.ok(queue.isIdle);
});
void test('failures of a key double its delay from 5 ms to 1000 s, until forgotten', async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock });
  const delays: number[] = [];
  for (let i = 0; i < 20; i++) delays.push(queue.addRateLimited('a'));
  assert.deepEqual(delays.slice(0, 4), [5, 10, 20, 40]);
  assert.equal(delays.at(-1), 1_000_000);
  assert.equal(queue.failures('a'), 20);
  queue.forget('a');
  assert.equal(queue.addRateLimited('a'), 5);
  await clock.advance(5);
  assert.equal(await queue.get(), 'a');
});
void test('of several delays the earliest counts, and a key comes once', async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock });
  queue.addAfter('a', 1000);
  queue.addAfter('a', 100);
  queue.addAfter('a', 500);
  await clock.advance(99);
  assert.equal(queue.length, 0);
  await clock.advance(1);
  assert.equal(queue.length, 1);
  await clock.advance(10_000);
  assert.equal(queue.length, 1);
});
void test('shutting down lets workers go and ignores what comes later', async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock });
  const waiting = queue.get();
  queue.addAfter('a', 10);
  queue.shutDown();
  assert.equal(await waiting, undefined);
  queue.add('b');
  await clock.advance(100);
  assert.equal(await queue.get(), undefined);
});
void test('a thousand keys through a queue keep their order', async () => {
  const queue = new WorkQueue();
  const keys = Array.from({ length: 1000 }, (_, i) => `k${i}`);
  for (const key of keys) queue.add(key);
  const got: (string | undefined)[] = [];
  for (const _ of keys) got.push(await queue.get());
  assert.deepEqual(got, keys);
});
