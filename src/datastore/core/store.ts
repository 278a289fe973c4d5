import type { Clock } from '#lib';
import type {
  ChangeEvent,
  Datastore,
  KeyValue,
  ListOptions,
  ListResult,
  ReadOptions,
  WatchBatch,
  WatchOptions,
  WriteOptions,
  WriteResult,
} from '../contract.ts';
import { DatastoreError } from '../errors.ts';
import type { Backend, OpenedState } from './backend.ts';
import { Batch, type KeyState, type Operation } from './batch.ts';
import { Expiry } from './expiry.ts';
import { History, type HistoryLimits } from './history.ts';
import { compactedError, Watch, type WatchSource } from './watch.ts';

export interface StoreOptions {
  readonly clock: Clock;
  /** How much recent history stays in memory. */
  readonly history?: HistoryLimits | undefined;
}

/** Values above this are refused: far more than an API request may carry (3 MiB). */
export const MAX_VALUE_BYTES = 8 * 1024 * 1024;
const DEFAULT_HISTORY: HistoryLimits = { events: 4096, bytes: 8 * 1024 * 1024 };

/**
 * The datastore over any backend. Life of a write: queued → decided against the index, together with all that wait (a Batch) →
 * `backend.commit`, durable → applied: index, revision, history, watchers, answers, in one turn of the event loop.
 *
 * Only one batch is under way, so the index always shows exactly what is durable, revisions have no gaps and a failed batch leaves no trace.
 * The index holds keys, not values: the API server's watch caches hold those. Values younger than the history are shared with it; all others
 * are read from the backend, which happens when a cache fills and for lost races over cold keys.
 */
export class Store implements Datastore {
  readonly #backend: Backend;
  readonly #index = new Map<string, KeyState>();
  readonly #history: History;
  readonly #watches = new Set<Watch>();
  readonly #expiry: Expiry;
  /** Deleted keys whose rows are still stored, oldest first. */
  #tombstones: { key: string; revision: number }[] = [];
  #queue: Operation[] = [];
  #committing: Promise<void> | undefined;
  #compacting: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #revision: number;
  #compactedRevision: number;
  /** How far the backend has removed history; a compaction that failed goes on from here with the next one. */
  #removedUpTo: number;

  readonly #watchSource: WatchSource = {
    revision: () => this.#revision,
    compactedRevision: () => this.#compactedRevision,
    history: () => this.#history,
    changes: (query) => this.#backend.changes(query),
  };

  constructor(backend: Backend, state: OpenedState, options: StoreOptions) {
    this.#backend = backend;
    this.#revision = state.revision;
    this.#compactedRevision = state.compactedRevision;
    this.#removedUpTo = state.compactedRevision;
    this.#expiry = new Expiry(options.clock, async (key, revision) => {
      if (this.#index.get(key)?.modRevision === revision) await this.delete(key, revision);
    });
    this.#history = new History(state.revision, options.history ?? DEFAULT_HISTORY, (event) => this.#release(event));
    for (const { key, ...rest } of state.keys) {
      this.#index.set(key, { ...rest, value: undefined });
      if (rest.isDeleted) this.#tombstones.push({ key, revision: rest.modRevision });
      else if (rest.ttlSeconds) this.#expiry.add(key, rest.modRevision, rest.ttlSeconds);
    }
    this.#tombstones.sort((a, b) => a.revision - b.revision);
  }

  get revision(): number {
    return this.#revision;
  }
  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  async get(key: string, options: ReadOptions = {}): Promise<KeyValue | undefined> {
    const revision = this.#readable(options.revision);
    const state = this.#index.get(key);
    if (!state) return undefined;
    if (state.modRevision > revision) return this.#backend.get(key, revision);
    if (state.isDeleted) return undefined;
    return state.value ? keyValueOf(key, state, state.value) : this.#backend.get(key, revision);
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    const revision = this.#readable(options.revision);
    const { items, remaining } = await this.#backend.list({ prefix, startKey: options.startKey, limit: options.limit, revision });
    // The rows were read while a compaction may have removed some of an old state.
    if (revision < this.#compactedRevision) throw compactedError(revision, this.#compactedRevision);
    return { revision, items, remaining };
  }

  create(key: string, value: Buffer, options: WriteOptions = {}): Promise<WriteResult> {
    return this.#write({ type: 'create', key, value, expectedRevision: undefined, ttlSeconds: options.ttlSeconds });
  }
  update(key: string, value: Buffer, expectedRevision: number, options: WriteOptions = {}): Promise<WriteResult> {
    return this.#write({ type: 'update', key, value, expectedRevision, ttlSeconds: options.ttlSeconds });
  }
  delete(key: string, expectedRevision?: number): Promise<WriteResult> {
    return this.#write({ type: 'delete', key, value: undefined, expectedRevision, ttlSeconds: undefined });
  }

  watch(options: WatchOptions): AsyncIterable<WatchBatch> {
    const { prefix, signal, afterRevision = this.#revision } = options;
    const onAbort = () => watch.end();
    const watch = new Watch(this.#watchSource, prefix, afterRevision, () => {
      this.#watches.delete(watch);
      signal.removeEventListener('abort', onAbort);
    });
    if (this.#closing) watch.end(closedError());
    else if (signal.aborted) watch.end();
    else if (afterRevision < this.#compactedRevision) watch.end(compactedError(afterRevision, this.#compactedRevision));
    else {
      this.#watches.add(watch);
      signal.addEventListener('abort', onAbort, { once: true });
    }
    return watch;
  }

  async compact(revision: number): Promise<void> {
    this.#refuseWhenClosed();
    if (revision > this.#revision) throw futureError(revision, this.#revision);
    if (revision <= this.#compactedRevision) return;
    this.#compactedRevision = revision;
    this.#compacting = this.#compacting.catch(() => undefined).then(() => this.#compactSlices(revision));
    await this.#compacting;
  }

  async size(): Promise<number> {
    this.#refuseWhenClosed();
    return this.#backend.size();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  // --- writing

  #write(request: Omit<Operation, 'resolve' | 'reject'>): Promise<WriteResult> {
    if (this.#closing) return Promise.reject(closedError());
    if (request.value && request.value.length > MAX_VALUE_BYTES) {
      const text = `Cannot store ${request.key}: ${request.value.length} bytes are more than the ${MAX_VALUE_BYTES} that a value may have`;
      return Promise.reject(new DatastoreError('too-large', text));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...request, resolve, reject });
      this.#committing ??= this.#commitQueued();
    });
  }

  /** Commits batch after batch until nothing waits. */
  async #commitQueued(): Promise<void> {
    // Also before the first: what the same turn of the event loop brings goes into one commit.
    do {
      await new Promise((resolve) => setImmediate(resolve));
      const batch = Batch.decide(this.#queue, this.#index, this.#revision);
      this.#queue = batch.leftOver;
      for (const { operation, state } of batch.lost) this.#lose(operation, state);
      if (batch.writes.length === 0) continue;
      const failed = await this.#backend.commit(batch.writes).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      if (!failed) {
        this.#apply(batch);
        continue;
      }
      batch.fail(failed.error);
      // They lost against writes that did not happen: ask again.
      this.#queue = [...batch.lostWithin, ...this.#queue];
    } while (this.#queue.length > 0);
    this.#committing = undefined;
  }

  #apply(batch: Batch): void {
    const events = batch.events();
    for (const [key, state] of batch.states) this.#index.set(key, state);
    for (const { kv, type } of events) {
      if (type === 'delete') this.#tombstones.push({ key: kv.key, revision: kv.modRevision });
      else if (kv.ttlSeconds) this.#expiry.add(kv.key, kv.modRevision, kv.ttlSeconds);
    }
    this.#revision = batch.revision;
    this.#history.append(events);
    for (const watch of this.#watches) watch.wake();
    batch.succeed();
    for (const operation of batch.lostWithin) this.#lose(operation, this.#index.get(operation.key));
  }

  /** Answers a lost race with what is there now. */
  #lose(operation: Operation, state: KeyState | undefined): void {
    if (!state || state.isDeleted) return operation.resolve({ ok: false, revision: this.#revision });
    if (state.value) return operation.resolve({ ok: false, revision: this.#revision, current: keyValueOf(operation.key, state, state.value) });
    this.#backend.get(operation.key, this.#revision).then(
      (current) => operation.resolve({ ok: false, revision: this.#revision, current }),
      (error: unknown) => operation.reject(error),
    );
  }

  /** An event leaves the memory: the index lets go of its value too, unless a newer one has replaced it. */
  #release(event: ChangeEvent): void {
    const state = this.#index.get(event.kv.key);
    if (state && state.modRevision === event.kv.modRevision) state.value = undefined;
  }

  // --- reading

  #readable(revision: number | undefined): number {
    this.#refuseWhenClosed();
    if (revision === undefined) return this.#revision;
    if (revision < this.#compactedRevision) throw compactedError(revision, this.#compactedRevision);
    if (revision > this.#revision) throw futureError(revision, this.#revision);
    return revision;
  }

  // --- compaction and the end

  async #compactSlices(to: number): Promise<void> {
    while (this.#removedUpTo < to && !this.#closing) this.#removedUpTo = await this.#backend.compact(this.#removedUpTo, to);
    while (!this.#closing && (await this.#backend.shrink()));
    if (this.#closing) return;
    const firstKept = this.#tombstones.findIndex((tombstone) => tombstone.revision > to);
    const gone = firstKept < 0 ? this.#tombstones : this.#tombstones.slice(0, firstKept);
    this.#tombstones = firstKept < 0 ? [] : this.#tombstones.slice(firstKept);
    for (const { key, revision } of gone) {
      if (this.#index.get(key)?.modRevision === revision) this.#index.delete(key);
    }
  }

  async #close(): Promise<void> {
    this.#expiry.stop();
    await this.#committing;
    await this.#compacting.catch(() => undefined);
    for (const watch of this.#watches) watch.end(closedError());
    await this.#backend.close();
  }
  #refuseWhenClosed(): void {
    if (this.#closing) throw closedError();
  }
}

function keyValueOf(key: string, state: KeyState, value: Buffer): KeyValue {
  const { createRevision, modRevision, ttlSeconds } = state;
  return ttlSeconds ? { key, value, createRevision, modRevision, ttlSeconds } : { key, value, createRevision, modRevision };
}
function closedError(): DatastoreError {
  return new DatastoreError('closed', 'The datastore is closed');
}
function futureError(asked: number, current: number): DatastoreError {
  return new DatastoreError('future', `Cannot read revision ${asked}: the newest is ${current}`);
}
