import type { DatabaseSync } from 'node:sqlite';

/**
 * kine's table to the letter (github.com/k3s-io/kine pkg/drivers/sqlite), so that k3s opens this file and we open k3s'. Of kine's indexes only
 * the two that are used here are made: each one more costs a written page per commit, and kine makes those it misses when it starts.
 */
const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS kine (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     name INTEGER,
     created INTEGER,
     deleted INTEGER,
     create_revision INTEGER,
     prev_revision INTEGER,
     lease INTEGER,
     value BLOB,
     old_value BLOB
   )`,
  'CREATE INDEX IF NOT EXISTS kine_name_id_index ON kine (name,id)',
  'CREATE UNIQUE INDEX IF NOT EXISTS kine_name_prev_revision_uindex ON kine (name, prev_revision)',
];
const COLUMNS = ['id', 'name', 'created', 'deleted', 'create_revision', 'prev_revision', 'lease', 'value', 'old_value'];
/** `PRAGMA user_version` of the files this program writes; kine leaves it 0. */
const SCHEMA_VERSION = 0;

/** kine's own row: its prev_revision is the compacted revision. */
export const COMPACT_KEY = 'compact_rev_key';

/** Settings that last as long as the connection, and those that only a new file can still take. */
export function configure(db: DatabaseSync): void {
  // Small pages: a lease renewal then writes 9 KB to the log rather than 22, and idle clusters do little else.
  db.exec('PRAGMA page_size = 1024');
  db.exec('PRAGMA auto_vacuum = INCREMENTAL');
  // No other process may write behind our index; a second server gets a clear error instead.
  db.exec('PRAGMA locking_mode = EXCLUSIVE');
  db.exec('PRAGMA journal_mode = WAL');
  db.exec('PRAGMA synchronous = FULL');
  db.exec('PRAGMA cache_size = -4096');
  db.exec('PRAGMA temp_store = MEMORY');
  const pageSize = Number(db.prepare('PRAGMA page_size').get()?.['page_size']);
  db.exec(`PRAGMA wal_autocheckpoint = ${Math.round((4 * 1024 * 1024) / pageSize)}`);
  db.exec(`PRAGMA journal_size_limit = ${8 * 1024 * 1024}`);
}

/** Makes or checks the table; throws an Error that names what is wrong with it. */
export function prepareSchema(db: DatabaseSync): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version > SCHEMA_VERSION) {
    throw new Error(`its schema version ${version} is newer than the ${SCHEMA_VERSION} that this program knows; use the release that wrote it`);
  }
  const existing = db.prepare('PRAGMA table_info(kine)').all();
  if (existing.length > 0) checkColumns(existing.map((column) => String(column['name'])));
  db.exec('BEGIN IMMEDIATE');
  for (const statement of SCHEMA) db.exec(statement);
  if (!db.prepare('SELECT 1 FROM kine WHERE name = ?').get(COMPACT_KEY)) {
    db.prepare("INSERT INTO kine(name, created, deleted, create_revision, prev_revision, lease, value, old_value) VALUES (?, 1, 0, 0, 0, 0, x'', NULL)").run(
      COMPACT_KEY,
    );
  }
  db.exec('COMMIT');
}

function checkColumns(names: string[]): void {
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length > 0) throw new Error(`its table kine has no column ${missing.join(', ')}: it is not a k3s datastore`);
  const unknown = names.filter((name) => !COLUMNS.includes(name));
  if (unknown.length > 0) throw new Error(`its table kine has the unknown column ${unknown.join(', ')}: a newer release wrote it; use that release`);
}
