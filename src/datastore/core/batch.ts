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

interface Win {
  readonly operation: Operation;
  readonly before: KeyState | undefined;
}

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
  readonly #wins: Win[] = [];

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
    const wantsPrevious = type !== 'create' && !before?.value;
    this.writes.push({ revision: modRevision, key, type, createRevision, prevRevision: before?.modRevision ?? 0, ttlSeconds: ttl, value, wantsPrevious });
    this.states.set(key, { modRevision, createRevision, ttlSeconds: ttl, isDeleted, value: isDeleted ? undefined : value });
    this.#wins.push({ operation, before });
  }

  /** The changes as watchers see them; `previousValues` are those that the backend was asked for. */
  events(previousValues: readonly (Buffer | undefined)[]): ChangeEvent[] {
    return this.writes.map((write, i): ChangeEvent => {
      const { before } = this.#wins[i] as Win;
      const { key, createRevision, revision: modRevision, ttlSeconds } = write;
      const previous = before && !before.isDeleted ? keyValue(key, before.value ?? previousValues[i] ?? NO_VALUE, before) : undefined;
      if (write.type === 'delete') {
        const kv = keyValue(key, previous?.value ?? NO_VALUE, { createRevision, modRevision, ttlSeconds });
        return { type: 'delete', kv, previous };
      }
      const kv = keyValue(key, write.value ?? NO_VALUE, { createRevision, modRevision, ttlSeconds });
      return previous ? { type: 'put', kv, previous } : { type: 'put', kv };
    });
  }

  /** Answers the winners. */
  succeed(events: readonly ChangeEvent[]): void {
    this.#wins.forEach(({ operation }, i) => {
      const event = events[i] as ChangeEvent;
      operation.resolve({ ok: true, revision: event.kv.modRevision, previous: event.previous });
    });
  }
  fail(error: unknown): void {
    for (const { operation } of this.#wins) operation.reject(error);
  }
}

function wins(operation: Operation, state: KeyState | undefined): boolean {
  const isThere = state !== undefined && !state.isDeleted;
  if (operation.type === 'create') return !isThere;
  if (!isThere) return false;
  return operation.expectedRevision === undefined || state.modRevision === operation.expectedRevision;
}

function keyValue(key: string, value: Buffer, of: { createRevision: number; modRevision: number; ttlSeconds: number | undefined }): KeyValue {
  const { createRevision, modRevision, ttlSeconds } = of;
  return ttlSeconds ? { key, value, createRevision, modRevision, ttlSeconds } : { key, value, createRevision, modRevision };
}
