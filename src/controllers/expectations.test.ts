import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '#lib';
import { Expectations } from './expectations.ts';
import { slowStart } from './slow-start.ts';

test('expectations are met when everything has been seen', () => {
  const expectations = new Expectations(new FakeClock());
  assert.equal(expectations.areMet('k'), true);
  expectations.expectCreations('k', 2);
  expectations.creationObserved('k');
  assert.equal(expectations.areMet('k'), false);
  expectations.creationObserved('k');
  assert.equal(expectations.areMet('k'), true);
  expectations.expectDeletions('k', ['a', 'b']);
  expectations.deletionObserved('k', 'a');
  expectations.deletionObserved('k', 'a');
  assert.equal(expectations.areMet('k'), false);
  expectations.deletionObserved('k', 'b');
  assert.equal(expectations.areMet('k'), true);
  expectations.expectCreations('k', 1);
  expectations.forget('k');
  assert.equal(expectations.areMet('k'), true);
});

test('what is never seen is given up after five minutes', async () => {
  const clock = new FakeClock();
  const expectations = new Expectations(clock);
  expectations.expectCreations('k', 1);
  await clock.advance(5 * 60_000);
  assert.equal(expectations.areMet('k'), false);
  await clock.advance(1);
  assert.equal(expectations.areMet('k'), true);
});

test('calls are made in batches that double, and stop after the first batch that fails', async () => {
  const batches: number[] = [];
  let inBatch = 0;
  let made = 0;
  const call = async (): Promise<void> => {
    if (inBatch++ === 0) setImmediate(() => (batches.push(inBatch), (inBatch = 0)));
    made++;
    const isBad = made === 5;
    await new Promise((resolve) => setImmediate(resolve));
    if (isBad) throw new Error('quota');
  };
  const result = await slowStart(20, call);
  assert.deepEqual(batches, [1, 2, 4]);
  assert.deepEqual({ ...result, error: (result.error as Error).message }, { succeeded: 6, skipped: 13, error: 'quota' });
  assert.deepEqual(await slowStart(0, call), { succeeded: 0, skipped: 0, error: undefined });
});
