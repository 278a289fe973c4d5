/** Fills a small file system with a datastore on it, sees the error, makes room, writes again: `full-disk.ts <directory>`. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DatastoreError, openDatastore } from '../../../index.ts';

const [directory = ''] = process.argv.slice(2);
const path = join(directory, 'state.db');
const ballast = join(directory, 'ballast');
writeFileSync(ballast, Buffer.alloc(1024 * 1024));
const store = await openDatastore({ path });
const value = Buffer.alloc(16 * 1024, 'v');
const written = new Set<string>();
let failure: unknown;
for (let i = 0; failure === undefined; i++) {
  const keys = Array.from({ length: 4 }, (_, j) => `/registry/${i}/${j}`);
  const results = await Promise.allSettled(keys.map((key) => store.create(key, value)));
  results.forEach((result, j) => {
    if (result.status === 'fulfilled') written.add(keys[j] ?? '');
    else failure = result.reason;
  });
}
assert.ok(failure instanceof DatastoreError);
process.stdout.write(`${failure.code} ${failure.message}\n`);
const { items } = await store.list('/registry/');
assert.deepEqual(new Set(items.map((item) => item.key)), written);
assert.equal(store.revision, Math.max(...items.map((item) => item.modRevision)));
rmSync(ballast);
const again = await store.create('/registry/again', value);
assert.ok(again.ok);
process.stdout.write('wrote again\n');
await store.close();
const db = new DatabaseSync(path);
// Without the shared memory file, for which there may be no room.
db.exec('PRAGMA locking_mode = EXCLUSIVE');
process.stdout.write(`integrity ${String(db.prepare('PRAGMA integrity_check').get()?.['integrity_check'])}\n`);
assert.equal(db.prepare("SELECT COUNT(*) AS rows FROM kine WHERE name LIKE '/registry/%'").get()?.['rows'], written.size + 1);
db.close();
