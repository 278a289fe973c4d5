import assert from 'node:assert/strict';
import { bytes, put, rejectsWith, won } from './checks.ts';
import type { Promises } from './index.ts';

/** Gets and lists, now and at old revisions. */
export function testReads(promises: Promises): void {
  promises('get at an old revision shows the value of then', async (store) => {
    const first = await put(store, '/registry/a', '1');
    const second = await put(store, '/registry/a', '2');
    const deleted = won(await store.delete('/registry/a'));
    assert.equal(await store.get('/registry/a', { revision: first - 1 }), undefined);
    assert.equal((await store.get('/registry/a', { revision: first }))?.value.toString(), '1');
    const then = await store.get('/registry/a', { revision: second });
    assert.deepEqual(then, { key: '/registry/a', value: bytes('2'), createRevision: first, modRevision: second });
    assert.equal(await store.get('/registry/a', { revision: deleted }), undefined);
  });
  promises('a revision above the newest is refused as future', async (store) => {
    await rejectsWith('future', () => store.get('/registry/a', { revision: store.revision + 1 }));
    await rejectsWith('future', () => store.list('/registry/', { revision: store.revision + 1 }));
    await rejectsWith('future', () => store.compact(store.revision + 1));
  });
  promises('list returns the keys of the prefix only, in byte order, with their values', async (store) => {
    const keys = [
      '/registry/pods/a/z',
      '/registry/pods/a-b/c',
      '/registry/pods/a/a',
      '/registry/podsx/a/a',
      '/registry/pod',
      '/registry/pods/a/\u{1F600}',
      '/registry/pods/a/\uFF21',
    ];
    for (const key of keys) await put(store, key);
    const { items, revision, remaining } = await store.list('/registry/pods/');
    const expected = keys.filter((key) => key.startsWith('/registry/pods/')).sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
    assert.deepEqual(
      items.map((item) => item.key),
      expected,
    );
    assert.deepEqual(
      items.map((item) => item.value.toString()),
      expected,
    );
    assert.equal(revision, store.revision);
    assert.equal(remaining, 0);
  });
  promises('list of nothing is empty and has the revision', async (store) => {
    assert.deepEqual(await store.list('/registry/none/'), { revision: store.revision, items: [], remaining: 0 });
  });
  promises('list of the empty prefix shows all keys and nothing of the driver', async (store) => {
    await put(store, '/registry/a');
    assert.deepEqual(
      (await store.list('')).items.map((item) => item.key),
      ['/registry/a'],
    );
  });
  promises('pages of a list at one revision make up the list of then, whatever is written meanwhile', async (store) => {
    for (let i = 0; i < 25; i++) await put(store, `/registry/pods/p${String(i).padStart(2, '0')}`);
    const first = await store.list('/registry/pods/', { limit: 10 });
    assert.equal(first.items.length, 10);
    assert.equal(first.remaining, 15);
    await put(store, '/registry/pods/p05a');
    await put(store, '/registry/pods/p20', 'changed');
    won(await store.delete('/registry/pods/p15'));
    const seen = first.items.map((item) => item.key);
    for (let remaining = first.remaining; remaining > 0; ) {
      const page = await store.list('/registry/pods/', { limit: 10, revision: first.revision, startKey: `${seen.at(-1)}\0` });
      assert.equal(page.revision, first.revision);
      assert.equal(page.remaining, remaining - page.items.length);
      for (const item of page.items) assert.equal(item.value.toString(), item.key, 'a value of later');
      seen.push(...page.items.map((item) => item.key));
      remaining = page.remaining;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 25 }, (_, i) => `/registry/pods/p${String(i).padStart(2, '0')}`),
    );
  });
  promises('a limit that fits exactly leaves nothing', async (store) => {
    for (const name of ['a', 'b', 'c']) await put(store, `/registry/x/${name}`);
    const { items, remaining } = await store.list('/registry/x/', { limit: 3 });
    assert.equal(items.length, 3);
    assert.equal(remaining, 0);
  });
  promises('a read after a write shows it', async (store) => {
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const revision = won(await store.create(`/registry/r/${i}`, bytes(`${i}`)));
        assert.equal((await store.get(`/registry/r/${i}`))?.modRevision, revision);
        const list = await store.list('/registry/r/');
        assert.ok(list.revision >= revision && list.items.some((item) => item.key === `/registry/r/${i}`));
      }),
    );
  });
  promises('a list never shows half a commit: its items are never newer than its revision', async (store) => {
    const writing = Promise.all(Array.from({ length: 200 }, (_, i) => store.create(`/registry/l/${i}`, bytes('v'))));
    for (let i = 0; i < 10; i++) {
      const { items, revision } = await store.list('/registry/l/');
      for (const item of items) assert.ok(item.modRevision <= revision);
    }
    await writing;
    assert.equal((await store.list('/registry/l/')).items.length, 200);
  });
  promises('a time to live is shown with the key', async (store) => {
    won(await store.create('/registry/e', bytes('1'), { ttlSeconds: 3600 }));
    assert.equal((await store.get('/registry/e'))?.ttlSeconds, 3600);
    assert.equal((await store.list('/registry/e')).items[0]?.ttlSeconds, 3600);
  });
}
