import { type Clock, systemClock, type Timer } from '#lib';

export interface WorkQueueOptions {
  readonly clock?: Clock | undefined;
  /** The first delay of `addRateLimited`; it doubles with every failure. Default 5. */
  readonly baseDelayMs?: number | undefined;
  /** The longest delay. Default 1,000,000. */
  readonly maxDelayMs?: number | undefined;
}

/**
 * Keys to work on, as client-go's workqueue: a key waits at most once, is never handed to two workers at a time, and when it was added while
 * being worked on it comes again after `done`.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #baseDelayMs: number;
  readonly #maxDelayMs: number;
  /** Keys that must be worked on (again). */
  readonly #dirty = new Set<string>();
  readonly #processing = new Set<string>();
  /** Keys to hand out, in order: dirty and not processing. */
  #ready: string[] = [];
  #head = 0;
  readonly #delayed = new Map<string, { atMs: number; timer: Timer }>();
  readonly #failures = new Map<string, number>();
  readonly #waiters: ((key: string | undefined) => void)[] = [];
  #isShutDown = false;

  constructor(options: WorkQueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#baseDelayMs = options.baseDelayMs ?? 5;
    this.#maxDelayMs = options.maxDelayMs ?? 1_000_000;
  }

  /** How many keys wait to be handed out. */
  get length(): number {
    return this.#ready.length - this.#head;
  }
  /** Nothing waits, nothing is delayed, nothing is worked on. */
  get isIdle(): boolean {
    return this.length === 0 && this.#delayed.size === 0 && this.#processing.size === 0;
  }

  add(key: string): void {
    if (this.#isShutDown || this.#dirty.has(key)) return;
    this.#dirty.add(key);
    if (!this.#processing.has(key)) this.#offer(key);
  }
  /** Adds the key later; of several delays the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#isShutDown) return;
    if (delayMs <= 0) return this.add(key);
    const atMs = this.#clock.monotonic() + delayMs;
    const existing = this.#delayed.get(key);
    if (existing && existing.atMs <= atMs) return;
    existing?.timer.cancel();
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { atMs, timer });
  }
  /** Adds the key after its backoff, which doubles with each call until `forget`; returns the delay. */
  addRateLimited(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delayMs = Math.min(this.#baseDelayMs * 2 ** failures, this.#maxDelayMs);
    this.addAfter(key, delayMs);
    return delayMs;
  }
  /** The key went well: its backoff starts anew. */
  forget(key: string): void {
    this.#failures.delete(key);
  }
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key; waits for one. undefined after `shutDown`. Each key must be given back by `done`. */
  get(): Promise<string | undefined> {
    if (this.#isShutDown) return Promise.resolve(undefined);
    const key = this.#take();
    if (key !== undefined) return Promise.resolve(key);
    return new Promise((resolve) => this.#waiters.push(resolve));
  }
  done(key: string): void {
    this.#processing.delete(key);
    if (this.#dirty.has(key)) this.#offer(key);
  }
  /** Lets waiting workers go; later adds are ignored. */
  shutDown(): void {
    this.#isShutDown = true;
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    this.#dirty.clear();
    this.#ready = [];
    this.#head = 0;
    for (const waiter of this.#waiters.splice(0)) waiter(undefined);
  }

  #offer(key: string): void {
    this.#ready.push(key);
    if (this.#waiters.length === 0) return;
    const next = this.#take();
    if (next !== undefined) this.#waiters.shift()?.(next);
  }
  #take(): string | undefined {
    const key = this.#ready[this.#head];
    if (key === undefined) return undefined;
    this.#head++;
    if (this.#head > 64 && this.#head * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#head);
      this.#head = 0;
    }
    this.#dirty.delete(key);
    this.#processing.add(key);
    return key;
  }
}
