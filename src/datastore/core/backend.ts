import type { ChangeEvent, KeyValue } from '../contract.ts';

/** One decided change on its way to the disk: races are settled, the revision is given. */
export interface Write {
  readonly revision: number;
  readonly key: string;
  readonly type: 'create' | 'update' | 'delete';
  /** The revision of the key's creation; its own for `create`. */
  readonly createRevision: number;
  /** The revision of the row this one replaces (for `create`: of the tombstone still stored, or 0). */
  readonly prevRevision: number;
  readonly ttlSeconds: number | undefined;
  /** The new value; for `delete` none. */
  readonly value: Buffer | undefined;
}

/** What is known of a key without its value. */
export interface StoredKey {
  readonly key: string;
  readonly modRevision: number;
  readonly createRevision: number;
  readonly ttlSeconds: number | undefined;
  /** A tombstone: the key is gone, its rows are not compacted yet. */
  readonly isDeleted: boolean;
}

/** What a backend holds when it opens. */
export interface OpenedState {
  readonly revision: number;
  readonly compactedRevision: number;
  readonly keys: Iterable<StoredKey>;
}

/**
 * The stored rows. The store above decides races, gives revisions, keeps recent history and never has two commits under way;
 * a backend only writes and reads. Every method throws DatastoreError.
 */
export interface Backend {
  /** Makes all writes durable, or none. */
  commit(writes: readonly Write[]): Promise<void>;
  get(key: string, revision: number): Promise<KeyValue | undefined>;
  list(query: ListQuery): Promise<{ items: KeyValue[]; remaining: number }>;
  /** Changes with `after < revision <= upTo` under the prefix, at most about `limit`; `reached` is how far the answer goes. */
  changes(query: ChangesQuery): Promise<{ events: ChangeEvent[]; reached: number }>;
  /** Forgets a slice of history above `from` and up to `to`, within a few milliseconds; returns how far it got. */
  compact(from: number, to: number): Promise<number>;
  /** Gives a slice of unused space back; true: there is more to give. */
  shrink(): Promise<boolean>;
  size(): Promise<number>;
  close(): Promise<void>;
}
export interface ListQuery {
  readonly prefix: string;
  readonly startKey: string | undefined;
  readonly limit: number | undefined;
  readonly revision: number;
}
export interface ChangesQuery {
  readonly prefix: string;
  readonly after: number;
  readonly upTo: number;
  readonly limit: number;
}
