import assert from 'node:assert/strict';
import { MAX_VALUE_BYTES } from '../core/store.ts';
import { bytes, lost, rejectsWith, won } from './checks.ts';
import type { Promises } from './index.ts';

/** Creates, updates, deletes and their races. */
export function testWrites(promises: Promises): void {
  promises('a fresh store has a revision of its own, so that no list is at version 0', async (store) => {
    assert.ok(store.revision >= 1);
    assert.equal(store.compactedRevision, 0);
  });
  promises('create writes where nothing is and gives the next revision', async (store) => {
    const before = store.revision;
    const revision = won(await store.create('/registry/a', bytes('1')));
    assert.ok(revision > before);
    assert.equal(store.revision, revision);
    assert.deepEqual(await store.get('/registry/a'), { key: '/registry/a', value: bytes('1'), createRevision: revision, modRevision: revision });
  });
  promises('create loses where a key is, shows it and changes nothing', async (store) => {
    const revision = won(await store.create('/registry/a', bytes('1')));
    const result = await store.create('/registry/a', bytes('2'));
    assert.deepEqual(lost(result), { key: '/registry/a', value: bytes('1'), createRevision: revision, modRevision: revision });
    assert.equal(store.revision, revision);
  });
  promises('update writes at the expected revision and keeps createRevision', async (store) => {
    const created = won(await store.create('/registry/a', bytes('1')));
    const updated = won(await store.update('/registry/a', bytes('2'), created));
    assert.deepEqual(await store.get('/registry/a'), { key: '/registry/a', value: bytes('2'), createRevision: created, modRevision: updated });
  });
  promises('update loses at another revision, and where nothing is', async (store) => {
    const created = won(await store.create('/registry/a', bytes('1')));
    assert.equal(lost(await store.update('/registry/a', bytes('2'), created + 1))?.modRevision, created);
    assert.equal(lost(await store.update('/registry/b', bytes('2'), created)), undefined);
  });
  promises('delete removes the key', async (store) => {
    const created = won(await store.create('/registry/a', bytes('1')));
    const deleted = won(await store.delete('/registry/a', created));
    assert.ok(deleted > created);
    assert.equal(await store.get('/registry/a'), undefined);
  });
  promises('delete loses at another revision; a missing key has no current', async (store) => {
    const created = won(await store.create('/registry/a', bytes('1')));
    assert.equal(lost(await store.delete('/registry/a', created + 7))?.modRevision, created);
    assert.equal(lost(await store.delete('/registry/none')), undefined);
    assert.equal(lost(await store.delete('/registry/none', 3)), undefined);
    won(await store.delete('/registry/a'));
  });
  promises('a deleted key can be created again, more than once, and starts a new life', async (store) => {
    for (let life = 0; life < 3; life++) {
      const created = won(await store.create('/registry/a', bytes(`${life}`)));
      assert.equal((await store.get('/registry/a'))?.createRevision, created);
      won(await store.update('/registry/a', bytes('x'), created));
      won(await store.delete('/registry/a'));
    }
    await store.compact(store.revision);
    won(await store.create('/registry/a', bytes('after compaction')));
    assert.equal((await store.get('/registry/a'))?.value.toString(), 'after compaction');
  });
  promises('of many creates of one key at once exactly one wins, and the others see it', async (store) => {
    const results = await Promise.all(Array.from({ length: 50 }, (_, i) => store.create('/registry/a', bytes(`${i}`))));
    assert.equal(results.filter((result) => result.ok).length, 1);
    const now = await store.get('/registry/a');
    for (const result of results) if (!result.ok) assert.deepEqual(result.current, now);
  });
  promises('of many updates at one revision exactly one wins', async (store) => {
    const created = won(await store.create('/registry/a', bytes('0')));
    const results = await Promise.all(Array.from({ length: 50 }, (_, i) => store.update('/registry/a', bytes(`${i}`), created)));
    assert.equal(results.filter((result) => result.ok).length, 1);
  });
  promises('counting up by optimistic retries loses no increment', async (store) => {
    won(await store.create('/registry/n', bytes('0')));
    const increment = async (): Promise<void> => {
      for (let current = await store.get('/registry/n'); ; ) {
        assert.ok(current);
        const result = await store.update('/registry/n', bytes(`${Number(current.value.toString()) + 1}`), current.modRevision);
        if (result.ok) return;
        current = result.current;
      }
    };
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        for (let i = 0; i < 10; i++) await increment();
      }),
    );
    assert.equal((await store.get('/registry/n'))?.value.toString(), '200');
  });
  promises('writes to one key that were given together happen in their order', async (store) => {
    const [created, deleted, again] = await Promise.all([
      store.create('/registry/a', bytes('1')),
      store.delete('/registry/a'),
      store.create('/registry/a', bytes('2')),
    ]);
    assert.ok(won(created) < won(deleted) && won(deleted) < won(again));
    assert.equal((await store.get('/registry/a'))?.value.toString(), '2');
  });
  promises('every write has a revision of its own', async (store) => {
    const results = await Promise.all(Array.from({ length: 300 }, (_, i) => store.create(`/registry/k${i}`, bytes('v'))));
    assert.equal(new Set(results.map(won)).size, 300);
    assert.equal(store.revision, Math.max(...results.map(won)));
  });
  promises('values of any bytes and of megabytes come back as they were; larger ones are refused', async (store) => {
    const big = Buffer.alloc(3 * 1024 * 1024, 'kubernetes');
    const odd = Buffer.from([0, 255, 0x6b, 0x38, 0x73, 0, 10, 13]);
    won(await store.create('/registry/big', big));
    won(await store.create('/registry/odd', odd));
    won(await store.create('/registry/empty', Buffer.alloc(0)));
    assert.ok((await store.get('/registry/big'))?.value.equals(big));
    assert.ok((await store.get('/registry/odd'))?.value.equals(odd));
    assert.equal((await store.list('/registry/empty')).items[0]?.value.length, 0);
    await rejectsWith('too-large', () => store.create('/registry/huge', Buffer.alloc(MAX_VALUE_BYTES + 1)));
    assert.equal(await store.get('/registry/huge'), undefined);
  });
  promises('values are slices of larger buffers as often as not', async (store) => {
    const slice = Buffer.from('0123456789').subarray(3, 6);
    won(await store.create('/registry/a', slice));
    assert.equal((await store.list('/registry/a')).items[0]?.value.toString(), '345');
  });
  promises('after close everything is refused, and what was begun is finished', async (store) => {
    const begun = store.create('/registry/a', bytes('1'));
    const closing = store.close();
    won(await begun);
    await closing;
    await rejectsWith('closed', () => store.create('/registry/b', bytes('1')));
    await rejectsWith('closed', () => store.get('/registry/a'));
    await rejectsWith('closed', () => store.list('/registry/'));
    await rejectsWith('closed', () => store.compact(1));
    await store.close();
  });
}
