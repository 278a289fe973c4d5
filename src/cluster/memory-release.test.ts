import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, FakeClock } from '#lib';
import { createMemoryRelease } from './memory-release.ts';

const MB = 1024 * 1024;

function setUp() {
  const clock = new FakeClock();
  const state = { rss: 100 * MB, releases: 0, collected: (): void => {}, isWatching: true };
  const memory = {
    residentBytes: () => state.rss,
    release: () => {
      state.releases++;
      state.rss = 90 * MB;
      // A release is itself a collection.
      state.collected();
    },
    onCollection: (run: () => void) => {
      state.collected = run;
      return () => (state.isWatching = false);
    },
  };
  return { clock, state, component: createMemoryRelease({ clock, log: createLog('test'), memory }) };
}

void test('what a burst took is given back ten seconds after it, once', async () => {
  const { clock, state, component } = setUp();
  await component.start();
  await clock.advance(60_000);
  assert.equal(state.releases, 0, 'nothing went on');
  for (let i = 0; i < 10; i++) {
    state.collected();
    await clock.advance(9_000);
    assert.equal(state.releases, 0, 'still busy');
  }
  await clock.advance(2_000);
  assert.equal(state.releases, 1);
  await clock.advance(600_000);
  assert.equal(state.releases, 1, 'its own collection is no burst');
});

void test('what has hardly grown is left alone, what has grown again is given back again', async () => {
  const { clock, state, component } = setUp();
  await component.start();
  for (const [rss, releases] of [
    [100, 1],
    [100, 1],
    [105, 1],
    [200, 2],
  ] as const) {
    state.rss = rss * MB;
    state.collected();
    await clock.advance(11_000);
    assert.equal(state.releases, releases, `${rss} MB`);
  }
});

void test('stopped, it watches no more', async () => {
  const { clock, state, component } = setUp();
  await component.start();
  state.collected();
  await component.stop();
  await clock.advance(60_000);
  assert.equal(state.releases, 0);
  assert.equal(state.isWatching, false);
});

void test('the process itself can be asked', async () => {
  const component = createMemoryRelease({ clock: new FakeClock(), log: createLog('test') });
  await component.start();
  await component.stop();
});
