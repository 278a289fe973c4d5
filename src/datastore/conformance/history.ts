import assert from 'node:assert/strict';
import { bytes, put, rejectsWith, shortOf, watchUntil, watchUntilKey, won } from './checks.ts';
import type { Promises } from './index.ts';

/** Compaction: what is forgotten and what never is. */
export function testHistory(promises: Promises): void {
  promises('compaction forgets old states and keeps the newest of every key', async (store) => {
    const first = await put(store, '/registry/a', '1');
    const second = await put(store, '/registry/a', '2');
    await put(store, '/registry/b', '1');
    won(await store.delete('/registry/b'));
    const target = await put(store, '/registry/c', '1');
    await store.compact(target);
    assert.equal(store.compactedRevision, target);
    await rejectsWith('compacted', () => store.get('/registry/a', { revision: first }));
    await rejectsWith('compacted', () => store.list('/registry/', { revision: second }));
    assert.deepEqual(
      (await store.list('/registry/', { revision: target })).items.map(({ key, value }) => `${key}=${value.toString()}`),
      ['/registry/a=2', '/registry/c=1'],
    );
    assert.deepEqual(
      (await store.list('/registry/')).items.map((item) => item.modRevision),
      [second, target],
    );
  });
  promises('what lies above the compacted revision stays readable', async (store, { signal }) => {
    await put(store, '/registry/a', '1');
    const target = await put(store, '/registry/a', '2');
    const third = await put(store, '/registry/a', '3');
    const fourth = await put(store, '/registry/a', '4');
    await store.compact(target);
    assert.equal((await store.get('/registry/a', { revision: target }))?.value.toString(), '2');
    assert.equal((await store.get('/registry/a', { revision: third }))?.value.toString(), '3');
    const batches = await watchUntil(store.watch({ prefix: '/registry/', afterRevision: target, signal }), () => fourth);
    assert.deepEqual(shortOf(batches), ['~/registry/a=3', '~/registry/a=4']);
  });
  promises('a watch from below the compacted revision fails with compacted', async (store, { signal }) => {
    const first = await put(store, '/registry/a', '1');
    const target = await put(store, '/registry/a', '2');
    await store.compact(target);
    await rejectsWith('compacted', async () => {
      for await (const _batch of store.watch({ prefix: '/registry/', afterRevision: first, signal }));
    });
  });
  promises('a watcher that keeps up does not notice compaction', async (store, { signal }) => {
    const watching = watchUntilKey(store.watch({ prefix: '/registry/', signal }), '/registry/last');
    for (let i = 0; i < 30; i++) {
      const revision = await put(store, '/registry/a', `${i}`);
      if (i % 10 === 9) await store.compact(revision);
    }
    await put(store, '/registry/last', 'last');
    const values = (await watching).flatMap((batch) => batch.events.map((event) => event.kv.value.toString()));
    assert.deepEqual(values, [...Array.from({ length: 30 }, (_, i) => `${i}`), 'last']);
  });
  promises('compacting again, or to where it already was, is harmless', async (store) => {
    const target = await put(store, '/registry/a', '1');
    await Promise.all([store.compact(target), store.compact(target), store.compact(target - 1)]);
    await store.compact(1);
    assert.equal(store.compactedRevision, target);
    assert.equal((await store.get('/registry/a'))?.value.toString(), '1');
  });
  promises('writes go on during a compaction', async (store) => {
    const keys = Array.from({ length: 40 }, (_, i) => `/registry/k${i}`);
    for (let round = 0; round < 10; round++) await Promise.all(keys.map((key) => put(store, key, `${round}`)));
    const compacting = store.compact(store.revision);
    await Promise.all(keys.map((key) => put(store, key, 'meanwhile')));
    await compacting;
    const { items } = await store.list('/registry/');
    assert.deepEqual(new Set(items.map((item) => item.value.toString())), new Set(['meanwhile']));
    assert.equal(items.length, 40);
  });
  promises('size tells bytes', async (store) => {
    won(await store.create('/registry/a', bytes('1')));
    assert.ok((await store.size()) >= 0);
  });
}
