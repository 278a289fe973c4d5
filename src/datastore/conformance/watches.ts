import assert from 'node:assert/strict';
import type { WatchBatch } from '../contract.ts';
import { bytes, put, rejectsWith, shortOf, watchUntil, watchUntilKey, won } from './checks.ts';
import type { Promises } from './index.ts';

/** Watches: from now, from then, their order and their ends. */
export function testWatches(promises: Promises): void {
  promises('a watch shows creations, updates and deletions, each at its revision', async (store, { signal }) => {
    const watch = store.watch({ prefix: '/registry/a', signal });
    const created = await put(store, '/registry/a', '1');
    const updated = await put(store, '/registry/a', '2');
    const deleted = won(await store.delete('/registry/a'));
    const events = (await watchUntil(watch, () => deleted)).flatMap((batch) => batch.events);
    const first = { key: '/registry/a', value: bytes('1'), createRevision: created, modRevision: created };
    const second = { key: '/registry/a', value: bytes('2'), createRevision: created, modRevision: updated };
    assert.deepEqual(events, [
      { type: 'put', kv: first },
      { type: 'put', kv: second },
      { type: 'delete', kv: { ...second, value: bytes(''), modRevision: deleted } },
    ]);
  });
  promises('a watch starts when it is asked for, not when it is first read', async (store, { signal }) => {
    const watch = store.watch({ prefix: '/registry/', signal });
    const revision = await put(store, '/registry/a');
    assert.deepEqual(shortOf(await watchUntil(watch, () => revision)), ['+/registry/a=/registry/a']);
  });
  promises('a watch from an old revision shows everything after it, then goes on', async (store, { signal }) => {
    const first = await put(store, '/registry/a', '1');
    await put(store, '/registry/b', '1');
    await put(store, '/registry/a', '2');
    const watch = store.watch({ prefix: '/registry/', afterRevision: first, signal });
    const old = await watchUntil(watch, () => store.revision);
    assert.deepEqual(shortOf(old), ['+/registry/b=1', '~/registry/a=2']);
  });
  promises('each of many watchers sees each change of its prefix exactly once and in order', async (store, { signal }) => {
    const from = store.revision;
    const writes: Promise<number>[] = [];
    const prefixes = ['/registry/x/', '/registry/y/', '/registry/'];
    const watchers = prefixes.map(async (prefix) => ({
      prefix,
      batches: await watchUntilKey(store.watch({ prefix, afterRevision: from, signal }), `${prefix}zzz`),
    }));
    for (let i = 0; i < 100; i++) {
      writes.push(put(store, `/registry/x/${i}`), put(store, `/registry/y/${i}`));
      if (i % 10 === 0) await Promise.all(writes);
    }
    await Promise.all(writes);
    for (const prefix of prefixes) await put(store, `${prefix}zzz`);
    for (const { prefix, batches } of await Promise.all(watchers)) {
      const events = batches.flatMap((batch) => batch.events);
      const revisions = events.map((event) => event.kv.modRevision);
      assert.deepEqual(
        revisions,
        [...new Set(revisions)].sort((a, b) => a - b),
      );
      assert.equal(events.length, prefix === '/registry/' ? 203 : 101);
      assert.ok(events.every((event) => event.kv.key.startsWith(prefix)));
    }
  });
  promises('a list and a watch from its revision together miss nothing and repeat nothing', async (store, { signal }) => {
    const writing = Promise.all(Array.from({ length: 200 }, (_, i) => store.create(`/registry/m/${i}`, bytes('v'))));
    const { items, revision } = await store.list('/registry/m/');
    const seen = items.map((item) => item.key);
    const watching = watchUntilKey(store.watch({ prefix: '/registry/m/', afterRevision: revision, signal }), '/registry/m/last');
    await writing;
    await put(store, '/registry/m/last');
    seen.push(...(await watching).flatMap((batch) => batch.events.map((event) => event.kv.key)));
    assert.equal(seen.length, 201);
    assert.equal(new Set(seen).size, 201);
  });
  promises('a commit elsewhere is progress: a batch without events', async (store, { signal }) => {
    const watch = store.watch({ prefix: '/registry/a', signal });
    const revision = await put(store, '/registry/b');
    const batches = await watchUntil(watch, () => revision);
    assert.deepEqual(batches.at(-1), { revision, events: [] });
  });
  promises('batches never go back, and no event is newer than its batch', async (store, { signal }) => {
    const from = store.revision;
    for (let i = 0; i < 20; i++) await put(store, `/registry/${i % 3}`, `${i}`);
    let reached = from;
    for (const { revision, events } of await watchUntil(store.watch({ prefix: '/registry/', afterRevision: from, signal }), () => store.revision)) {
      assert.ok(revision > reached);
      for (const event of events) assert.ok(event.kv.modRevision > reached && event.kv.modRevision <= revision);
      reached = revision;
    }
  });
  promises('the same Buffers that were handed in are handed out', async (store, { signal }) => {
    const value = bytes('shared');
    const watch = store.watch({ prefix: '/registry/', signal });
    const revision = won(await store.create('/registry/a', value));
    const [batch] = await watchUntil(watch, () => revision);
    assert.equal(batch?.events[0]?.kv.value, value);
    assert.equal((await store.get('/registry/a'))?.value, value);
  });
  promises('aborting ends a watch, waiting or not, and one that never began', async (store) => {
    const controller = new AbortController();
    const waiting = (async () => {
      const batches: WatchBatch[] = [];
      for await (const batch of store.watch({ prefix: '/', signal: controller.signal })) batches.push(batch);
      return batches;
    })();
    const unread = store.watch({ prefix: '/', signal: controller.signal });
    await put(store, '/registry/a');
    controller.abort();
    await waiting;
    for await (const _batch of unread) assert.fail('a batch after the end');
    for await (const _batch of store.watch({ prefix: '/', signal: controller.signal })) assert.fail('a batch after the end');
  });
  promises('leaving the loop ends the watch', async (store, { signal }) => {
    const watch = store.watch({ prefix: '/', signal });
    await put(store, '/registry/a');
    for await (const _batch of watch) break;
    for await (const _batch of watch) assert.fail('a batch after the end');
  });
  promises('closing the store ends its watches with closed', async (store, { signal }) => {
    const watching = (async () => {
      for await (const _batch of store.watch({ prefix: '/', signal }));
    })();
    const refused = rejectsWith('closed', () => watching);
    await store.close();
    await refused;
    await rejectsWith('closed', async () => {
      for await (const _batch of store.watch({ prefix: '/', signal }));
    });
  });
  promises('a watch from a revision that is still to come waits for it', async (store, { signal }) => {
    const watch = store.watch({ prefix: '/registry/', afterRevision: store.revision + 1, signal });
    await put(store, '/registry/a');
    const second = await put(store, '/registry/b');
    assert.deepEqual(shortOf(await watchUntil(watch, () => second)), ['+/registry/b=/registry/b']);
  });
}
