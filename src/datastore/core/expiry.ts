import type { Clock, Timer } from '#lib';

interface Due {
  readonly key: string;
  readonly revision: number;
  readonly atMs: number;
}

/** After this long an expiry that failed (a full disk) is tried again. */
const RETRY_MS = 10_000;

/**
 * Which keys go away by themselves, and when. Keys with the same time to live fall due in the order of their writes, so there is one queue
 * per distinct time to live and one timer for the earliest of their heads; nothing runs while nothing is due.
 */
export class Expiry {
  readonly #clock: Clock;
  readonly #expire: (key: string, revision: number) => Promise<unknown>;
  readonly #queues = new Map<number, { items: Due[]; head: number }>();
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #isStopped = false;

  /** `expire` deletes the key if it still is at that revision. */
  constructor(clock: Clock, expire: (key: string, revision: number) => Promise<unknown>) {
    this.#clock = clock;
    this.#expire = expire;
  }

  add(key: string, revision: number, ttlSeconds: number): void {
    let queue = this.#queues.get(ttlSeconds);
    if (!queue) this.#queues.set(ttlSeconds, (queue = { items: [], head: 0 }));
    const atMs = this.#clock.monotonic() + ttlSeconds * 1000;
    queue.items.push({ key, revision, atMs });
    this.#arm(atMs);
  }
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#queues.clear();
  }

  #arm(atMs: number): void {
    if (this.#isStopped || atMs >= this.#timerAtMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.#clock.setTimer(atMs - this.#clock.monotonic(), () => this.#run());
  }

  #run(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const now = this.#clock.monotonic();
    let next = Number.POSITIVE_INFINITY;
    for (const [ttlSeconds, queue] of this.#queues) {
      for (let due = queue.items[queue.head]; due; due = queue.items[queue.head]) {
        if (due.atMs > now) {
          next = Math.min(next, due.atMs);
          break;
        }
        queue.head++;
        this.#expireNow(due);
      }
      if (queue.head === queue.items.length) this.#queues.delete(ttlSeconds);
      else if (queue.head > 1000) {
        queue.items = queue.items.slice(queue.head);
        queue.head = 0;
      }
    }
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  }

  #expireNow(due: Due): void {
    this.#expire(due.key, due.revision).catch(() => {
      if (!this.#isStopped) this.add(due.key, due.revision, RETRY_MS / 1000);
    });
  }
}
