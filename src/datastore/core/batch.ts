import type { ChangeEvent, KeyValue, WriteResult } from '../contract.ts';
import type { Write } from './backend.ts';

/** What the index knows of a key; `value` only while it is recent. */
export interface KeyState {
  readonly modRevision: number;
  readonly createRevision: number;
  readonly ttlSeconds: number | undefined;
  readonly isDeleted: boolean;
  value: Buffer | undefined;
}

/** A write that waits to be decided. */
export interface Operation {
  readonly type: 'create' | 'update' | 'delete';
  readonly key: string;
  readonly value: Buffer | undefined;
  readonly expectedRevision: number | undefined;
  readonly ttlSeconds: number | undefined;
  resolve(result: WriteResult): void;
  reject(error: unknown): void;
}

const MAX_WRITES = 1024;
const MAX_BYTES = 8 * 1024 * 1024;
const NO_VALUE = Buffer.alloc(0);

/** Operations decided together, in their order: who wins, with which revision, and what the keys are like after the commit. */
export class Batch {
  readonly writes: Write[] = [];
  /** Lost against what is durable: can be answered now. */
  readonly lost: { operation: Operation; state: KeyState | undefined }[] = [];
  /** Lost against another write of this batch: to be answered when that is durable. */
  readonly lostWithin: Operation[] = [];
  /** The keys as they are after the commit. */
  readonly states = new Map<string, KeyState>();
  /** What did not fit. */
  leftOver: Operation[] = [];
  revision: number;
  readonly #wins: Operation[] = [];

  private constructor(revision: number) {
    this.revision = revision;
  }

  /** Decides as many of `queue` as one commit should carry, against `index`, giving revisions after `revision`. */
  static decide(queue: Operation[], index: ReadonlyMap<string, KeyState>, revision: number): Batch {
    const batch = new Batch(revision);
    let bytes = 0;
    let taken = 0;
    for (const operation of queue) {
      if (batch.writes.length >= MAX_WRITES || (bytes > 0 && bytes + (operation.value?.length ?? 0) > MAX_BYTES)) break;
      bytes += operation.value?.length ?? 0;
      taken++;
      batch.#decideOne(operation, index);
    }
    batch.leftOver = taken === queue.length ? [] : queue.slice(taken);
    return batch;
  }

  #decideOne(operation: Operation, index: ReadonlyMap<string, KeyState>): void {
    const within = this.states.get(operation.key);
    const before = within ?? index.get(operation.key);
    if (!wins(operation, before)) {
      if (within) this.lostWithin.push(operation);
      else this.lost.push({ operation, state: before });
      return;
    }
    const { type, key, ttlSeconds, value } = operation;
    const modRevision = ++this.revision;
    const createRevision = type === 'create' || !before ? modRevision : before.createRevision;
    const isDeleted = type === 'delete';
    const ttl = isDeleted ? before?.ttlSeconds : ttlSeconds;
    this.writes.push({ revision: modRevision, key, type, createRevision, prevRevision: before?.modRevision ?? 0, ttlSeconds: ttl, value });
    this.states.set(key, { modRevision, createRevision, ttlSeconds: ttl, isDeleted, value: isDeleted ? undefined : value });
    this.#wins.push(operation);
  }

  /** The changes as watchers see them. */
  events(): ChangeEvent[] {
    return this.writes.map(({ type, key, value = NO_VALUE, createRevision, revision: modRevision, ttlSeconds }): ChangeEvent => {
      const kv: KeyValue = ttlSeconds ? { key, value, createRevision, modRevision, ttlSeconds } : { key, value, createRevision, modRevision };
      return { type: type === 'delete' ? 'delete' : 'put', kv };
    });
  }

  /** Answers the winners. */
  succeed(): void {
    this.#wins.forEach((operation, i) => operation.resolve({ ok: true, revision: (this.writes[i] as Write).revision }));
  }
  fail(error: unknown): void {
    for (const operation of this.#wins) operation.reject(error);
  }
}

function wins(operation: Operation, state: KeyState | undefined): boolean {
  const isThere = state !== undefined && !state.isDeleted;
  if (operation.type === 'create') return !isThere;
  if (!isThere) return false;
  return operation.expectedRevision === undefined || state.modRevision === operation.expectedRevision;
}
