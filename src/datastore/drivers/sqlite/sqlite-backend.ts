import { accessSync, closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ChangeEvent, KeyValue } from '../../contract.ts';
import type { Backend, ChangesQuery, ListQuery, OpenedState, StoredKey, Write } from '../../core/backend.ts';
import { DatastoreError, type DatastoreErrorCode } from '../../errors.ts';
import { type Opened, type Reply, type RequestBody, ROW_COLUMNS, RowColumn, type Rows, WRITE_COLUMNS, type WorkerData, WriteType } from './messages.ts';
import { unpack } from './packing.ts';

const MAX_COPIED_BYTES = 64 * 1024;

/** Speaks to the worker that owns the file. Answers come in the order of the questions. */
export class SqliteBackend implements Backend {
  readonly #worker: Worker;
  readonly #opened = Promise.withResolvers<Opened>();
  readonly #waiting = new Map<number, { resolve(reply: Reply): void; reject(error: unknown): void }>();
  #nextId = 1;
  #isClosed = false;
  /** What opening read, until a list has taken it or a write has made it old. */
  #whole: { readonly revision: number; readonly rows: Rows } | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (message: Opened | Reply) => {
      if ('id' in message) return this.#answered(message);
      worker.unref();
      this.#opened.resolve(message);
    });
    worker.on('error', (error) => this.#gone(error));
    worker.on('exit', () => this.#gone(undefined));
  }

  /** Opens or makes the file; throws DatastoreError that names what is wrong with it. */
  static async open(path: string): Promise<{ backend: SqliteBackend; state: OpenedState }> {
    prepareFile(path);
    const data: WorkerData = { path };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: data,
      name: 'datastore',
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    const backend = new SqliteBackend(worker);
    const opened = await backend.#opened.promise;
    if (!opened.opened) throw new DatastoreError(opened.error.code as DatastoreErrorCode, opened.error.message);
    const { revision, compactedRevision, rows } = opened;
    backend.#whole = { revision, rows };
    return { backend, state: { revision, compactedRevision, keys: storedKeys(rows) } };
  }

  async commit(writes: readonly Write[]): Promise<void> {
    this.#whole = undefined;
    const columns = new Float64Array(writes.length * WRITE_COLUMNS);
    let bytes = 0;
    writes.forEach((write, i) => {
      const length = write.value?.length ?? 0;
      const { revision, type, createRevision, prevRevision, ttlSeconds = 0 } = write;
      columns.set([revision, WriteType[type], createRevision, prevRevision, ttlSeconds, length], i * WRITE_COLUMNS);
      bytes += length;
    });
    const values = new ArrayBuffer(bytes);
    const target = Buffer.from(values);
    let offset = 0;
    for (const { value } of writes) {
      if (!value) continue;
      target.set(value, offset);
      offset += value.length;
    }
    const names = writes.map((write) => write.key);
    // Handing a buffer over costs more than copying a small one.
    await this.#ask({ op: 'commit', names, columns, values }, bytes > MAX_COPIED_BYTES ? [values] : []);
  }

  async get(key: string, revision: number): Promise<KeyValue | undefined> {
    const { rows } = await this.#ask({ op: 'get', key, revision });
    return rows && rows.names.length > 0 ? keyValueAt(rows, 0) : undefined;
  }

  async list(query: ListQuery): Promise<{ items: KeyValue[]; remaining: number }> {
    const { prefix, startKey = '', limit = 0, revision } = query;
    const whole = this.#whole;
    this.#whole = undefined;
    if (whole?.revision === revision && !startKey && !limit) return { items: inKeyOrder(livingUnder(whole.rows, prefix)), remaining: 0 };
    const { rows, count = 0 } = await this.#ask({ op: 'list', prefix, startKey, limit, revision });
    return { items: rows ? inKeyOrder(rows.names.map((_name, i) => keyValueAt(rows, i))) : [], remaining: count };
  }

  async changes(query: ChangesQuery): Promise<{ events: ChangeEvent[]; reached: number }> {
    const { rows, count = query.upTo } = await this.#ask({ op: 'changes', ...query });
    return { events: rows ? rows.names.map((_name, i) => eventAt(rows, i)) : [], reached: count };
  }

  async compact(from: number, to: number): Promise<number> {
    const { count = to } = await this.#ask({ op: 'compact', from, to });
    return count;
  }

  async shrink(): Promise<boolean> {
    const { count = 0 } = await this.#ask({ op: 'shrink' });
    return count > 0;
  }

  async size(): Promise<number> {
    const { count = 0 } = await this.#ask({ op: 'size' });
    return count;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.#ask({ op: 'close' });
    this.#isClosed = true;
    await this.#worker.terminate();
  }

  #ask(body: RequestBody, transfer: ArrayBuffer[] = []): Promise<Reply> {
    if (this.#isClosed) return Promise.reject(new DatastoreError('closed', 'The datastore is closed'));
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      // While something is under way the program must not end for want of other work.
      if (this.#waiting.size === 0) this.#worker.ref();
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...body, id }, transfer);
    });
  }

  #answered(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (reply.error) waiting?.reject(new DatastoreError(reply.error.code as DatastoreErrorCode, reply.error.message));
    else waiting?.resolve(reply);
  }

  #gone(cause: unknown): void {
    this.#isClosed = true;
    const error = new DatastoreError('unavailable', 'The datastore thread ended unexpectedly; restart the server', { cause });
    this.#opened.reject(error);
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

function prepareFile(path: string): void {
  const directory = dirname(path);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK | constants.X_OK);
    // SQLite would make it readable for all; it holds the secrets of the cluster.
    closeSync(openSync(path, 'a', 0o600));
  } catch (cause) {
    throw new DatastoreError('unavailable', `Cannot open datastore "${path}": it or its directory "${directory}" is not writable`, { cause });
  }
}

function* storedKeys(rows: Rows): Generator<StoredKey> {
  for (let i = 0; i < rows.names.length; i++) {
    const column = (index: number): number => rows.columns[i * ROW_COLUMNS + index] as number;
    const modRevision = column(RowColumn.id);
    yield {
      key: rows.names[i] as string,
      modRevision,
      createRevision: column(RowColumn.created) ? modRevision : column(RowColumn.createRevision),
      ttlSeconds: column(RowColumn.lease) || undefined,
      isDeleted: column(RowColumn.deleted) !== 0,
    };
  }
}

function livingUnder(rows: Rows, prefix: string): KeyValue[] {
  const items: KeyValue[] = [];
  for (let i = 0; i < rows.names.length; i++) {
    const isDeleted = rows.columns[i * ROW_COLUMNS + RowColumn.deleted] !== 0;
    if (!isDeleted && (rows.names[i] as string).startsWith(prefix)) items.push(keyValueAt(rows, i));
  }
  return items;
}

/** Rows come in key order; should they ever not, they are put in it. */
function inKeyOrder(items: KeyValue[]): KeyValue[] {
  const isOrdered = items.every(({ key }, i) => i === 0 || (items[i - 1] as KeyValue).key < key);
  return isOrdered ? items : items.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

function keyValueAt(rows: Rows, row: number): KeyValue {
  const column = (index: number): number => rows.columns[row * ROW_COLUMNS + index] as number;
  const modRevision = column(RowColumn.id);
  const createRevision = column(RowColumn.created) ? modRevision : column(RowColumn.createRevision);
  const value = unpack(rows.values, row) ?? Buffer.alloc(0);
  const kv = { key: rows.names[row] as string, value, createRevision, modRevision };
  const ttlSeconds = column(RowColumn.lease);
  return ttlSeconds ? { ...kv, ttlSeconds } : kv;
}

function eventAt(rows: Rows, row: number): ChangeEvent {
  return { type: rows.columns[row * ROW_COLUMNS + RowColumn.deleted] ? 'delete' : 'put', kv: keyValueAt(rows, row) };
}
