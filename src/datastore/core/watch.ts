import type { ChangeEvent, WatchBatch } from '../contract.ts';
import { DatastoreError } from '../errors.ts';
import type { ChangesQuery } from './backend.ts';
import type { History } from './history.ts';

/** What a watch reads from. */
export interface WatchSource {
  revision(): number;
  compactedRevision(): number;
  history(): History;
  changes(query: ChangesQuery): Promise<{ events: ChangeEvent[]; reached: number }>;
}

const CHUNK_EVENTS = 500;
const DONE: IteratorResult<WatchBatch> = { done: true, value: undefined };

/**
 * One watcher: a position in the history. It owns no queue, so a slow one costs nothing but its own lateness: what it missed is read from
 * memory, then from the disk, and when even that is compacted it fails with `compacted`.
 */
export class Watch implements AsyncIterableIterator<WatchBatch> {
  readonly #source: WatchSource;
  readonly #prefix: string;
  readonly #ended: () => void;
  /** Everything up to here has been handed out. */
  #position: number;
  #waiting: { resolve(result: IteratorResult<WatchBatch> | Promise<IteratorResult<WatchBatch>>): void; reject(error: unknown): void } | undefined;
  #isEnded = false;
  #error: unknown;

  constructor(source: WatchSource, prefix: string, afterRevision: number, ended: () => void) {
    this.#source = source;
    this.#prefix = prefix;
    this.#position = afterRevision;
    this.#ended = ended;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<WatchBatch>> {
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      return Promise.reject(error);
    }
    if (this.#isEnded) return Promise.resolve(DONE);
    if (this.#position >= this.#source.revision()) {
      return new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject };
      });
    }
    if (this.#position >= this.#source.history().startRevision) return Promise.resolve(this.#fromMemory());
    return this.#fromDisk();
  }

  return(): Promise<IteratorResult<WatchBatch>> {
    this.end();
    return Promise.resolve(DONE);
  }

  /** The store has committed up to its revision: hands the changes to a consumer that waits for them. */
  wake(): void {
    if (!this.#waiting || this.#position >= this.#source.revision()) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    // A waiting consumer has everything before this commit; only a commit larger than the whole memory could have pushed it out.
    waiting.resolve(this.#position >= this.#source.history().startRevision ? this.#fromMemory() : this.#fromDisk());
  }

  /** Ends the iteration; with an error, the consumer gets that. */
  end(error?: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#ended();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!waiting) this.#error = error;
    else if (error === undefined) waiting.resolve(DONE);
    else waiting.reject(error);
  }

  #fromMemory(): IteratorResult<WatchBatch> {
    const revision = this.#source.revision();
    const events = this.#source.history().after(this.#position, this.#prefix);
    this.#position = revision;
    return { done: false, value: { revision, events } };
  }

  async #fromDisk(): Promise<IteratorResult<WatchBatch>> {
    const revision = this.#source.revision();
    const compactedRevision = this.#source.compactedRevision();
    try {
      if (this.#position < compactedRevision) throw compactedError(this.#position, compactedRevision);
      const chunk = await this.#source.changes({ prefix: this.#prefix, after: this.#position, upTo: revision, limit: CHUNK_EVENTS });
      // Rows may have been compacted away while they were read: then the answer is not the whole truth.
      if (this.#position < this.#source.compactedRevision()) throw compactedError(this.#position, this.#source.compactedRevision());
      if (this.#isEnded) return this.next();
      this.#position = chunk.reached;
      return { done: false, value: { revision: chunk.reached, events: chunk.events } };
    } catch (error) {
      if (!this.#isEnded) {
        this.#isEnded = true;
        this.#ended();
      }
      throw error;
    }
  }
}

export function compactedError(asked: number, compacted: number): DatastoreError {
  return new DatastoreError('compacted', `Cannot read revision ${asked}: history up to revision ${compacted} has been compacted`);
}
