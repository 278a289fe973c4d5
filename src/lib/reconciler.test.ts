import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from './clock.ts';
import { Reconciler } from './reconciler.ts';

function setUp(run: (count: number) => Promise<void>) {
  const clock = new FakeClock();
  const state = { runs: 0, atOnce: 0, most: 0, failures: 0 };
  const reconcile = async (): Promise<void> => {
    state.most = Math.max(state.most, ++state.atOnce);
    try {
      await run(++state.runs);
    } finally {
      state.atOnce--;
    }
  };
  const reconciler = new Reconciler({ reconcile, failed: () => state.failures++, retryMs: 1000, clock });
  return { clock, state, reconciler };
}

test('runs one at a time, and once more for all that was asked for meanwhile', async () => {
  const gate = Promise.withResolvers<void>();
  const { state, reconciler } = setUp((count) => (count === 1 ? gate.promise : Promise.resolve()));
  const first = reconciler.trigger();
  void reconciler.trigger();
  const last = reconciler.trigger();
  gate.resolve();
  await Promise.all([first, last]);
  assert.deepEqual(state, { runs: 2, atOnce: 0, most: 1, failures: 0 });
});

test('tries again later what failed, until it is stopped', async () => {
  const { clock, state, reconciler } = setUp(() => Promise.reject(new Error('no')));
  await reconciler.trigger();
  await clock.advance(999);
  assert.equal(state.runs, 1);
  await clock.advance(1);
  assert.deepEqual([state.runs, state.failures], [2, 2]);
  await reconciler.stop();
  await clock.advance(60_000);
  await reconciler.trigger();
  assert.equal(state.runs, 2);
});
