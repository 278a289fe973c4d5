import { DatastoreError } from '#datastore';
import type { Clock } from '#lib';

/** A failure counts for this long: where nobody writes, only a later write could show that it is over. */
const COUNTS_FOR_MS = 30_000;

/** Remembers whether the datastore takes writes, as the writes of clients showed; asks nothing itself. */
export class WriteHealth {
  readonly #clock: Clock;
  #problem: string | undefined;
  #failedAtMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Why writes fail now; undefined: they do not, or nobody wrote for a while. */
  get problem(): string | undefined {
    return this.#problem !== undefined && this.#clock.monotonic() - this.#failedAtMs < COUNTS_FOR_MS ? this.#problem : undefined;
  }

  /** Runs a write and remembers how it went; lost races and values that are too large are nothing wrong with the datastore. */
  async watch<T>(write: () => Promise<T>): Promise<T> {
    try {
      const result = await write();
      this.#problem = undefined;
      return result;
    } catch (error) {
      if (error instanceof DatastoreError && (error.code === 'full' || error.code === 'unavailable' || error.code === 'corrupt')) {
        this.#problem = error.message;
        this.#failedAtMs = this.#clock.monotonic();
      }
      throw error;
    }
  }
}
