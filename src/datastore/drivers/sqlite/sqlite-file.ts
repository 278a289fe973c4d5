import { statSync } from 'node:fs';
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { isFull } from './failure.ts';
import { type Opened, type RequestBody, type Rows, WRITE_COLUMNS, WriteColumn, WriteType } from './messages.ts';
import { RowPacker } from './packing.ts';
import { COMPACT_KEY, configure, prepareSchema } from './schema.ts';

type Row = Record<string, SQLOutputValue>;
type CommitRequest = Extract<RequestBody, { op: 'commit' }>;
type ListRequest = Extract<RequestBody, { op: 'list' }>;
type ChangesRequest = Extract<RequestBody, { op: 'changes' }>;
interface Answer {
  readonly rows: Rows;
  readonly transfer: ArrayBuffer[];
}

/** How long a slice of compaction may keep writers waiting. */
const SLICE_MS = 4;
/** Revisions looked at before the clock is. */
const SLICE_STEP = 64;
/** Fewer free pages are kept for what comes next. */
const MIN_FREE_PAGES = 1024;
const SHRINK_PAGES = 512;
/** Sorts after every text that has the prefix before it. */
const LAST = '\u{10FFFF}';

/** The statements over one SQLite file; used by the worker only, synchronously. Errors are SQLite's own. */
export class SqliteFile {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  /** Files that k3s made only reuse their free pages. */
  readonly #isShrinkable: boolean;
  readonly #prepared = new Map<string, StatementSync>();

  private constructor(db: DatabaseSync, path: string) {
    this.#db = db;
    this.#path = path;
    const insert = 'INSERT INTO kine(id, name, created, deleted, create_revision, prev_revision, lease, value, old_value)';
    // The replaced value never leaves the file: it is copied from the row before. kine's tombstones hold it twice.
    this.#put = db.prepare(`${insert} VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, (SELECT value FROM kine WHERE id = ?5 AND deleted = 0))`);
    this.#delete = db.prepare(`${insert} SELECT ?1, ?2, 0, 1, ?3, ?4, ?5, value, value FROM kine WHERE id = ?4`);
    this.#isShrinkable = Number(db.prepare('PRAGMA auto_vacuum').get()?.['auto_vacuum']) === 2;
  }

  static open(path: string): SqliteFile {
    const db = new DatabaseSync(path, { timeout: 1000 });
    try {
      configure(db);
      prepareSchema(db);
      return new SqliteFile(db, path);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Everything there is: read in one go, as the server wants both the keys and their values when it starts. */
  load(): { opened: Extract<Opened, { opened: true }>; transfer: ArrayBuffer[] } {
    const select = this.#db.prepare(
      `SELECT k.id, k.name, k.created, k.deleted, k.create_revision, k.lease, CASE k.deleted WHEN 0 THEN k.value END AS value
       FROM (SELECT name, MAX(id) AS id FROM kine WHERE name != '${COMPACT_KEY}' AND name NOT LIKE 'gap-%' GROUP BY name) AS newest
       CROSS JOIN kine AS k ON k.id = newest.id`,
    );
    const packer = new RowPacker();
    for (const row of select.iterate()) addRow(packer, row);
    const { rows, transfer } = packer.finish();
    const { revision } = this.#db.prepare('SELECT MAX(id) AS revision FROM kine').get() as Row;
    const { compacted } = this.#db.prepare(`SELECT MAX(prev_revision) AS compacted FROM kine WHERE name = '${COMPACT_KEY}'`).get() as Row;
    return { opened: { opened: true, revision: Math.max(1, Number(revision)), compactedRevision: Number(compacted), rows }, transfer };
  }

  /** Inserts all rows durably or none. */
  commit(request: CommitRequest): void {
    try {
      this.#commit(request);
    } catch (error) {
      if (!isFull(error, this.#path)) throw error;
      // What the log occupies may be the room that is missing.
      this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      this.#commit(request);
    }
  }

  #commit({ names, columns, values }: CommitRequest): void {
    let offset = 0;
    this.#transaction(() => {
      for (let i = 0; i < names.length; i++) {
        const name = names[i] as string;
        const column = (index: number): number => columns[i * WRITE_COLUMNS + index] as number;
        const prevRevision = column(WriteColumn.prevRevision);
        const revision = column(WriteColumn.revision);
        const lease = column(WriteColumn.lease);
        if (column(WriteColumn.type) === WriteType.delete) {
          this.#delete.run(revision, name, column(WriteColumn.createRevision), prevRevision, lease);
          continue;
        }
        const length = column(WriteColumn.valueLength);
        const isCreate = column(WriteColumn.type) === WriteType.create;
        const createRevision = isCreate ? 0 : column(WriteColumn.createRevision);
        this.#put.run(revision, name, isCreate ? 1 : 0, createRevision, prevRevision, lease, new Uint8Array(values, offset, length));
        offset += length;
      }
    });
  }

  get(key: string, revision: number): Answer {
    const packer = new RowPacker();
    const row = this.#prepare(
      'SELECT id, name, created, deleted, create_revision, lease, value FROM kine WHERE name = ? AND id <= ? ORDER BY id DESC LIMIT 1',
    ).get(key, revision);
    if (row && !row['deleted']) addRow(packer, row);
    return packer.finish();
  }

  list({ prefix, startKey, limit, revision }: ListRequest): Answer & { remaining: number } {
    const from = startKey > prefix ? startKey : prefix;
    const newest = 'SELECT name, MAX(id) AS id FROM kine WHERE name >= ?1 AND name < ?2 AND id <= ?3 GROUP BY name';
    const rows = `FROM (${newest}) AS newest CROSS JOIN kine AS k ON k.id = newest.id WHERE k.deleted = 0 AND k.name != '${COMPACT_KEY}'`;
    const packer = new RowPacker();
    // The groups come in the index' order; asking for it would have all values sorted. Whoever gets the rows looks whether it is so.
    const order = limit > 0 ? 'ORDER BY newest.name LIMIT ?4' : 'LIMIT ?4';
    const select = this.#prepare(`SELECT k.id, k.name, k.created, k.deleted, k.create_revision, k.lease, k.value ${rows} ${order}`);
    for (const row of select.iterate(from, prefix + LAST, revision, limit > 0 ? limit : -1)) addRow(packer, row);
    let remaining = 0;
    if (limit > 0 && packer.length === limit) {
      remaining = Number(this.#prepare(`SELECT COUNT(*) AS total ${rows}`).get(from, prefix + LAST, revision)?.['total']) - limit;
    }
    return { ...packer.finish(), remaining };
  }

  changes({ prefix, after, upTo, limit }: ChangesRequest): Answer & { reached: number } {
    const packer = new RowPacker();
    const select = this.#prepare(
      // kine's tombstones hold the last value; whoever watches has seen it.
      'SELECT id, name, created, deleted, create_revision, lease, CASE deleted WHEN 0 THEN value END AS value FROM kine WHERE id > ? AND id <= ? ORDER BY id',
    );
    let reached = upTo;
    for (const row of select.iterate(after, upTo)) {
      const name = String(row['name']);
      if (!name.startsWith(prefix) || name === COMPACT_KEY || name.startsWith('gap-')) continue;
      addRow(packer, row);
      if (packer.length < limit) continue;
      reached = Number(row['id']);
      break;
    }
    return { ...packer.finish(), reached };
  }

  /**
   * Removes what history up to `to` no longer needs, from `from` on, until a slice's time is over; returns how far it got. A row above `from`
   * makes its predecessor unneeded, and a tombstone itself. Not synced: a lost slice is only done again.
   */
  compact(from: number, to: number): number {
    const deadline = performance.now() + SLICE_MS;
    this.#db.exec('PRAGMA synchronous = NORMAL');
    try {
      const reached = this.#transaction(() => {
        let position = from;
        do {
          const end = Math.min(position + SLICE_STEP, to);
          this.#prepare(
            `DELETE FROM kine WHERE id IN (
               SELECT prev_revision FROM kine WHERE id > ?1 AND id <= ?2 AND prev_revision != 0 AND name != '${COMPACT_KEY}'
               UNION ALL SELECT id FROM kine WHERE id > ?1 AND id <= ?2 AND deleted != 0)`,
          ).run(position, end);
          position = end;
        } while (position < to && performance.now() < deadline);
        this.#prepare(`UPDATE kine SET prev_revision = ? WHERE name = '${COMPACT_KEY}'`).run(position);
        return position;
      });
      return reached;
    } finally {
      this.#db.exec('PRAGMA synchronous = FULL');
    }
  }

  /** Returns some free pages to the file system while they are more than a quarter of the file; true: there are more. */
  shrink(): boolean {
    const free = Number(this.#prepare('PRAGMA freelist_count').get()?.['freelist_count']);
    const pages = Number(this.#prepare('PRAGMA page_count').get()?.['page_count']);
    if (free < MIN_FREE_PAGES || free * 4 < pages || !this.#isShrinkable) return false;
    this.#db.exec(`PRAGMA incremental_vacuum(${SHRINK_PAGES})`);
    return true;
  }

  size(): number {
    const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    return sizeOf(this.#path) + sizeOf(`${this.#path}-wal`);
  }

  close(): void {
    this.#db.close();
  }

  #transaction<T>(run: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = run();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (!statement) this.#prepared.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }
}

function addRow(packer: RowPacker, row: Row): void {
  const columns = [row['id'], row['created'], row['deleted'], row['create_revision'], row['lease']].map(Number);
  packer.add(String(row['name']), columns, (row['value'] as Uint8Array | null) ?? null);
}
