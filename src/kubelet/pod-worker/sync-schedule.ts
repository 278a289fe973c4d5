import type { Clock, Timer } from '#lib';

/** When a pod is looked at again: soon, with all that changes meanwhile, or at a time. Each look asks anew for the next. */
export class SyncSchedule {
  readonly #clock: Clock;
  readonly #sync: () => void;
  #isSoon = false;
  #isStopped = false;
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, sync: () => void) {
    this.#clock = clock;
    this.#sync = sync;
  }

  /** Once this turn's work is done. */
  soon(): void {
    if (this.#isSoon || this.#isStopped) return;
    this.#isSoon = true;
    queueMicrotask(() => {
      this.#isSoon = false;
      if (!this.#isStopped) this.#sync();
    });
  }
  /** At that wall time at the latest. */
  at(atMs: number): void {
    if (atMs >= this.#timerAtMs || this.#isStopped) return;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.#clock.setTimer(Math.max(1, atMs - this.#clock.now()), () => {
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.soon();
    });
  }
  /** Forgets the time that was asked for. */
  cancel(): void {
    this.#timer?.cancel();
    this.#timerAtMs = Number.POSITIVE_INFINITY;
  }
  stop(): void {
    this.#isStopped = true;
    this.cancel();
  }
}
