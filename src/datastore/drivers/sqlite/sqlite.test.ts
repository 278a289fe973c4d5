import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { FakeClock, waitFor } from '#lib';
import { bytes, put, rejectsWith, shortOf, watchUntil, won } from '../../conformance/checks.ts';
import { Store } from '../../core/store.ts';
import { openDatastore } from '../../index.ts';
import { SqliteBackend } from './sqlite-backend.ts';

function pathFor(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'datastore-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'server', 'db', 'state.db');
}
const inspect = <T>(path: string, look: (db: DatabaseSync) => T): T => {
  const db = new DatabaseSync(path);
  try {
    return look(db);
  } finally {
    db.close();
  }
};

void test('everything is there again after closing and opening', async (context) => {
  const path = pathFor(context);
  let store = await openDatastore({ path });
  const first = await put(store, '/registry/a', '1');
  const second = await put(store, '/registry/a', '2');
  await put(store, '/registry/b', 'gone');
  const last = won(await store.delete('/registry/b'));
  await store.compact(first);
  await store.close();
  store = await openDatastore({ path });
  assert.equal(store.revision, last);
  assert.equal(store.compactedRevision, first);
  assert.deepEqual(await store.get('/registry/a'), { key: '/registry/a', value: bytes('2'), createRevision: first, modRevision: second });
  assert.deepEqual((await store.list('')).items.length, 1);
  const old = await watchUntil(store.watch({ prefix: '/registry/', afterRevision: first, signal: context.signal }), () => last);
  assert.deepEqual(shortOf(old), ['~/registry/a=2', '+/registry/b=gone', '-/registry/b']);
  won(await store.create('/registry/b', bytes('again')));
  await store.close();
});

void test('the first list after opening shows what is asked for, whatever opening has read already', async (context) => {
  const path = pathFor(context);
  let store = await openDatastore({ path });
  const first = await put(store, '/registry/b', '1');
  await put(store, '/registry/a', '1');
  await put(store, '/registry/b', '2');
  await put(store, '/registry/c', 'gone');
  won(await store.delete('/registry/c'));
  await put(store, '/other/d', '1');
  await store.close();
  const asks: [string, (opened: typeof store) => Promise<{ items: readonly { key: string; value: Buffer }[] }>, string[]][] = [
    ['everything under a prefix', (opened) => opened.list('/registry/'), ['/registry/a=1', '/registry/b=2']],
    ['an old revision', (opened) => opened.list('/registry/', { revision: first }), ['/registry/b=1']],
    ['a page', (opened) => opened.list('', { limit: 1 }), ['/other/d=1']],
    ['from a key on', (opened) => opened.list('/registry/', { startKey: '/registry/b' }), ['/registry/b=2']],
    ['after a write', (opened) => put(opened, '/registry/a', '2').then(() => opened.list('/registry/a')), ['/registry/a=2']],
  ];
  for (const [what, ask, expected] of asks) {
    store = await openDatastore({ path });
    for (const round of ['first', 'second']) {
      const { items } = await ask(store);
      const shown = items.map(({ key, value }) => `${key}=${value.toString()}`);
      assert.deepEqual(shown, expected, `${what}, ${round} time`);
    }
    await store.close();
  }
});

void test('a watcher that fell out of memory reads on from the disk, and fails when that is compacted', async (context) => {
  const { backend, state } = await SqliteBackend.open(pathFor(context));
  const store = new Store(backend, state, { clock: new FakeClock(), history: { events: 10, bytes: 1e6 } });
  const from = store.revision;
  const watch = store.watch({ prefix: '/registry/', signal: context.signal });
  for (let i = 0; i < 1200; i += 100) await Promise.all(Array.from({ length: 100 }, (_, j) => store.create(`/registry/k${i + j}`, bytes(`${i + j}`))));
  const events = (await watchUntil(watch, () => store.revision)).flatMap((batch) => batch.events);
  assert.deepEqual(
    events.map((event) => event.kv.modRevision),
    Array.from({ length: 1200 }, (_, i) => from + 1 + i),
  );
  // Values that left the memory are read from the disk: for gets and lost races.
  assert.equal((await store.get('/registry/k5'))?.value.toString(), '5');
  const lost = await store.create('/registry/k6', bytes('x'));
  assert.ok(!lost.ok && lost.current?.value.toString() === '6');
  const late = store.watch({ prefix: '/registry/', afterRevision: from, signal: context.signal });
  await store.compact(store.revision);
  await rejectsWith('compacted', async () => {
    for await (const _batch of late);
  });
  await store.close();
});

void test('a commit larger than the whole memory still reaches a waiting watcher', async (context) => {
  const { backend, state } = await SqliteBackend.open(pathFor(context));
  const store = new Store(backend, state, { clock: new FakeClock(), history: { events: 10, bytes: 1e6 } });
  const watching = watchUntil(store.watch({ prefix: '/registry/', signal: context.signal }), () => state.revision + 100);
  await Promise.all(Array.from({ length: 100 }, (_, i) => store.create(`/registry/${i}`, bytes('v'))));
  assert.equal((await watching).flatMap((batch) => batch.events).length, 100);
  await store.close();
});

void test('a compaction that failed is made up for by the next one', async (context) => {
  const { backend, state } = await SqliteBackend.open(pathFor(context));
  const store = new Store(backend, state, { clock: new FakeClock() });
  for (let i = 0; i < 5; i++) await put(store, '/registry/a', `${i}`);
  context.mock.method(backend, 'compact', () => Promise.reject(new Error('the disk')), { times: 1 });
  await assert.rejects(store.compact(store.revision), /the disk/);
  await put(store, '/registry/a', 'last');
  await store.compact(store.revision);
  const { events } = await backend.changes({ prefix: '', after: 0, upTo: store.revision, limit: 100 });
  assert.deepEqual(
    events.map((event) => event.kv.value.toString()),
    ['last'],
  );
  await store.close();
});

void test('rows are as kine writes them', async (context) => {
  const path = pathFor(context);
  const store = await openDatastore({ path });
  const created = await put(store, '/registry/a', '1');
  const updated = await put(store, '/registry/a', '2');
  const deleted = won(await store.delete('/registry/a'));
  const again = won(await store.create('/registry/a', bytes('3'), { ttlSeconds: 60 }));
  await store.close();
  const rows = inspect(path, (db) =>
    db
      .prepare(
        'SELECT id, created, deleted, create_revision AS c, prev_revision AS p, lease, CAST(value AS TEXT) AS v, CAST(old_value AS TEXT) AS o FROM kine WHERE name LIKE ? ORDER BY id',
      )
      .all('/registry/%'),
  );
  assert.deepEqual(
    rows.map((row) => Object.values(row)),
    [
      [created, 1, 0, 0, 0, 0, '1', null],
      [updated, 0, 0, created, created, 0, '2', '1'],
      [deleted, 0, 1, created, updated, 0, '2', '2'],
      [again, 1, 0, 0, deleted, 60, '3', null],
    ],
  );
  assert.deepEqual(
    { ...inspect(path, (db) => db.prepare("SELECT id, created, prev_revision FROM kine WHERE name = 'compact_rev_key'").get()) },
    { id: 1, created: 1, prev_revision: 0 },
  );
});

void test('a file that kine wrote is read: its gaps, its compaction, its indexes', async (context) => {
  const path = pathFor(context);
  await (await openDatastore({ path })).close();
  inspect(path, (db) => {
    db.exec('CREATE INDEX kine_name_index ON kine (name)');
    db.exec('CREATE INDEX kine_id_deleted_index ON kine (id,deleted)');
    const insert = db.prepare(
      'INSERT INTO kine(id, name, created, deleted, create_revision, prev_revision, lease, value, old_value) VALUES (?,?,?,?,?,?,?,?,?)',
    );
    insert.run(10, '/registry/pods/default/p', 1, 0, 0, 0, 0, Buffer.from('k8s\0proto'), null);
    insert.run(12, '/registry/pods/default/p', 0, 0, 10, 10, 0, Buffer.from('2'), Buffer.from('k8s\0proto'));
    insert.run(13, 'gap-13', 0, 1, 0, 0, 0, null, null);
    insert.run(14, '/registry/events/e', 1, 0, 0, 0, 3600, Buffer.from('e'), null);
    db.exec("UPDATE kine SET prev_revision = 9 WHERE name = 'compact_rev_key'");
  });
  const store = await openDatastore({ path });
  assert.equal(store.revision, 14);
  assert.equal(store.compactedRevision, 9);
  const { items } = await store.list('');
  assert.deepEqual(
    items.map((item) => [item.key, item.createRevision, item.modRevision, item.ttlSeconds]),
    [
      ['/registry/events/e', 14, 14, 3600],
      ['/registry/pods/default/p', 10, 12, undefined],
    ],
  );
  assert.deepEqual((await store.get('/registry/pods/default/p', { revision: 10 }))?.value, Buffer.from('k8s\0proto'));
  const batches = await watchUntil(store.watch({ prefix: '', afterRevision: 10, signal: context.signal }), () => 14);
  assert.deepEqual(shortOf(batches), ['~/registry/pods/default/p=2', '+/registry/events/e=e']);
  assert.equal(won(await store.delete('/registry/pods/default/p', 12)), 15);
  await store.close();
});

void test('keys go away after their time to live, also one from before a restart, unless written again', async (context) => {
  const path = pathFor(context);
  const clock = new FakeClock();
  let store = await openDatastore({ path, clock });
  won(await store.create('/registry/short', bytes('1'), { ttlSeconds: 15 }));
  const renewed = won(await store.create('/registry/renewed', bytes('1'), { ttlSeconds: 15 }));
  won(await store.create('/registry/long', bytes('1'), { ttlSeconds: 3600 }));
  await clock.advance(10_000);
  won(await store.update('/registry/renewed', bytes('2'), renewed, { ttlSeconds: 15 }));
  await clock.advance(6000);
  await waitFor('the expiry', async () => (await store.get('/registry/short')) === undefined);
  assert.ok(await store.get('/registry/renewed'));
  await store.close();
  store = await openDatastore({ path, clock });
  await clock.advance(3_599_000);
  assert.ok(await store.get('/registry/long'));
  await clock.advance(2000);
  await waitFor('the expiry', async () => (await store.list('')).items.length === 0);
  await store.close();
});

void test('nothing acknowledged is lost when the process is killed', { timeout: 30_000 }, async (context) => {
  const path = pathFor(context);
  const acknowledged = new Map<string, number>();
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'testing/writer.ts'), path, `${round}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    let text = '';
    let lines = 0;
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      text += chunk.toString();
      lines += chunk.toString().split('\n').length - 1;
      // At another moment in each round.
      if (lines > 50 + round * 37) child.kill('SIGKILL');
    }
    await exited;
    for (const [, key, revision] of text.matchAll(/^created (\S+) (\d+)\n/gm)) acknowledged.set(key ?? '', Number(revision));
  }
  assert.ok(acknowledged.size > 500);
  const store = await openDatastore({ path });
  const stored = new Map((await store.list('')).items.map((item) => [item.key, item]));
  for (const [key, revision] of acknowledged) {
    assert.equal(stored.get(key)?.modRevision, revision, `${key} is lost or changed`);
    assert.ok(stored.get(key)?.value.equals(Buffer.alloc(512, key)));
  }
  assert.equal(new Set([...stored.values()].map((item) => item.modRevision)).size, stored.size);
  await store.close();
  assert.equal(
    inspect(path, (db) => db.prepare('PRAGMA integrity_check').get()?.['integrity_check']),
    'ok',
  );
});

void test('a full disk is an error to the writer, leaves nothing half done, and is over when there is room', { timeout: 30_000 }, (context) => {
  if (process.getuid?.() !== 0) return context.skip('needs root, to mount a small file system in a mount namespace of its own');
  const directory = mkdtempSync(join(tmpdir(), 'datastore-full-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const script = 'mount -t tmpfs -o size=4m tmpfs "$1" && exec "$2" --disable-warning=ExperimentalWarning "$3" "$1"';
  const result = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', directory, process.execPath, join(import.meta.dirname, 'testing/full-disk.ts')], {
    encoding: 'utf8',
  });
  assert.equal(result.status, 0, result.stdout + result.stderr);
  assert.match(result.stdout, /^full .*no space left on its disk/m);
  assert.match(result.stdout, /^wrote again\nintegrity ok\n/m);
  return undefined;
});

void test('what cannot be opened says why', async (context) => {
  await context.test('a damaged file', async (inner) => {
    const path = pathFor(inner);
    await (await openDatastore({ path })).close();
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(100, 'damage'), 0, 100, 0);
    closeSync(file);
    await rejectsMatching('corrupt', /Cannot use datastore ".*state.db": .*; restore it from a backup/, path);
  });
  await context.test('another kind of file', async (inner) => {
    const path = join(mkdtempSync(join(tmpdir(), 'datastore-')), 'state.db');
    inner.after(() => rmSync(join(path, '..'), { recursive: true }));
    writeFileSync(path, 'this is no database'.repeat(100));
    await rejectsMatching('corrupt', /not a database/, path);
  });
  await context.test('a directory in the way', async (inner) => {
    const path = pathFor(inner);
    writeFileSync(join(path, '../../..', 'server'), '');
    await rejectsMatching('unavailable', /directory ".*server\/db" is not writable$/, path);
  });
  await context.test('a newer schema', async (inner) => {
    const path = pathFor(inner);
    await (await openDatastore({ path })).close();
    inspect(path, (db) => db.exec('PRAGMA user_version = 7'));
    await rejectsMatching('unavailable', /schema version 7 is newer/, path);
    inspect(path, (db) => db.exec('PRAGMA user_version = 0; ALTER TABLE kine ADD COLUMN shard INTEGER'));
    await rejectsMatching('unavailable', /unknown column shard/, path);
  });
  await context.test('a file in use', async (inner) => {
    const path = pathFor(inner);
    const store = await openDatastore({ path });
    won(await store.create('/registry/a', bytes('1')));
    await rejectsMatching('unavailable', /another process has it open/, path);
    won(await store.create('/registry/b', bytes('1')));
    await store.close();
  });
});

void test('the file is private, and shrinks again when much was deleted', async (context) => {
  const path = pathFor(context);
  const store = await openDatastore({ path });
  const value = Buffer.alloc(8192, 'v');
  for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 100 }, (_, j) => store.create(`/registry/${i}/${j}`, value)));
  const full = await store.size();
  const { items } = await store.list('/registry/');
  await Promise.all(items.map((item) => store.delete(item.key)));
  await store.compact(store.revision);
  await store.close();
  const { size, mode } = statSync(path);
  assert.ok(size < full / 2, `${size} of ${full} bytes are left`);
  assert.equal(mode & 0o077, 0);
});

async function rejectsMatching(code: 'corrupt' | 'unavailable', message: RegExp, path: string): Promise<void> {
  await rejectsWith(code, () => openDatastore({ path }));
  await assert.rejects(openDatastore({ path }), message);
}
