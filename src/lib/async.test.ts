import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AsyncQueue } from './index.ts';

async function readAll<T>(queue: AsyncQueue<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue) items.push(item);
  return items;
}

void test('a queue gives what was pushed, in order, before and while it is read', async () => {
  const queue = new AsyncQueue<number>();
  queue.push(1);
  queue.push(2);
  assert.equal(queue.size, 2);
  const read = readAll(queue);
  await Promise.resolve();
  queue.push(3);
  queue.push(4);
  queue.end();
  queue.push(5);
  assert.deepEqual(await read, [1, 2, 3, 4]);
  assert.equal(queue.size, 0);
});
void test('an error comes behind what is queued, once', async () => {
  const queue = new AsyncQueue<number>();
  queue.push(1);
  queue.end(new Error('lost'));
  queue.end(new Error('again'));
  assert.deepEqual(await queue.next(), { value: 1, done: false });
  await assert.rejects(queue.next(), /^Error: lost$/);
  assert.deepEqual(await queue.next(), { value: undefined, done: true });
});
void test('who waits hears of the end, and of an error', async () => {
  const ended = new AsyncQueue<number>();
  const next = ended.next();
  ended.end();
  assert.deepEqual(await next, { value: undefined, done: true });
  const failed = new AsyncQueue<number>();
  const waiting = failed.next();
  failed.end(new Error('lost'));
  await assert.rejects(waiting, /^Error: lost$/);
});
void test('cutting forgets what is queued; so does a reader that stops', async () => {
  const cut = new AsyncQueue<number>();
  cut.push(1);
  cut.cut();
  assert.deepEqual(await readAll(cut), []);
  const left = new AsyncQueue<number>();
  left.push(1);
  left.push(2);
  for await (const _ of left) break;
  left.push(3);
  assert.equal(left.size, 0);
  assert.deepEqual(await readAll(left), []);
});
