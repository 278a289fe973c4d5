/**
 * What the API server needs of a store: bytes under ordered keys, one revision counter, optimistic writes, history.
 *
 * Invariants, held by every driver and checked by `conformance/`:
 *   0 <= compactedRevision <= revision
 *   every successful write has its own revision, revisions grow, and a write is durable before it answers
 *   watchers see every change of their prefix exactly once, in revision order
 * Keys are upstream's: `/registry/<resource>/<namespace>/<name>`. Buffers handed in or out are shared: nobody changes them.
 */

export interface KeyValue {
  readonly key: string;
  readonly value: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
  /** Seconds after which the key goes away by itself, as given at its last write; absent: never. */
  readonly ttlSeconds?: number | undefined;
}

export interface ReadOptions {
  /** Reads the state as of this revision; throws DatastoreError `compacted` or `future`. Default: the newest. */
  readonly revision?: number | undefined;
}
export interface ListOptions extends ReadOptions {
  /** Only keys >= this one (for continue tokens). */
  readonly startKey?: string | undefined;
  /** At most this many. */
  readonly limit?: number | undefined;
}
export interface ListResult {
  /** The revision the list shows. */
  readonly revision: number;
  readonly items: readonly KeyValue[];
  /** How many keys of the prefix, from `startKey` on, there are beyond `items`. */
  readonly remaining: number;
}
export interface WriteOptions {
  /** The key goes away by itself this many seconds after this write. */
  readonly ttlSeconds?: number | undefined;
}

/** `ok: false` is a lost race, and `current` what is there now (undefined: nothing). `revision` is then the store's. */
export type WriteResult =
  | { readonly ok: true; readonly revision: number }
  | { readonly ok: false; readonly revision: number; readonly current?: KeyValue | undefined };

export interface ChangeEvent {
  readonly type: 'put' | 'delete';
  /** `createRevision` tells a creation (it is the `modRevision`) from an update. For `delete`: the deletion's revision, and an empty value. */
  readonly kv: KeyValue;
}
/** The changes of one commit (of several, when the watcher was busy) under the prefix; empty `events` say only how far the store has got (progress). */
export interface WatchBatch {
  readonly revision: number;
  readonly events: readonly ChangeEvent[];
}
export interface WatchOptions {
  readonly prefix: string;
  /** Changes after this revision; throws DatastoreError `compacted` when those are gone. Default: from now on. */
  readonly afterRevision?: number | undefined;
  readonly signal: AbortSignal;
}

export interface Datastore {
  /** The revision of the newest durable write. */
  readonly revision: number;
  /** History up to and including this revision is gone (0: none is). */
  readonly compactedRevision: number;
  get(key: string, options?: ReadOptions): Promise<KeyValue | undefined>;
  /** Keys that start with `prefix`, in byte order. */
  list(prefix: string, options?: ListOptions): Promise<ListResult>;
  /** Writes only where there is no such key. */
  create(key: string, value: Buffer, options?: WriteOptions): Promise<WriteResult>;
  /** Writes only while the key's modRevision is `expectedRevision`. */
  update(key: string, value: Buffer, expectedRevision: number, options?: WriteOptions): Promise<WriteResult>;
  /** Deletes; with `expectedRevision` only while the key is at it. A missing key is `ok: false` without `current`. */
  delete(key: string, expectedRevision?: number): Promise<WriteResult>;
  /** Ends when the signal aborts; throws DatastoreError `closed` when the store goes away, `compacted` when it fell too far behind. */
  watch(options: WatchOptions): AsyncIterable<WatchBatch>;
  /** Forgets history up to and including `revision` (never the newest value of a key), in slices that do not block writers. */
  compact(revision: number): Promise<void>;
  /** Bytes on disk (0 when in memory). */
  size(): Promise<number>;
  /** Finishes what was begun, refuses what comes later, releases everything. */
  close(): Promise<void>;
}
