import type { Clock, Timer } from './clock.ts';

export interface ReconcilerOptions {
  /** Brings what is there in line with what is wanted, as it is now. */
  readonly reconcile: () => Promise<void>;
  /** A run failed; the next is tried after `retryMs`, or when somebody triggers. */
  readonly failed: (error: unknown) => void;
  readonly retryMs: number;
  readonly clock: Clock;
}

/** Runs one reconciliation at a time, once more after it when it was triggered meanwhile, and again later when it failed. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  #running: Promise<void> | undefined;
  #isDirty = false;
  #isStopped = false;
  #retry: Timer | undefined;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Resolves when nothing is left to do, or what was to be done failed; never rejects. */
  trigger(): Promise<void> {
    this.#isDirty = true;
    this.#running ??= this.#runWhileDirty().finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** Resolves when the run that is under way has ended; none begins any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    this.#retry?.cancel();
  }

  async #runWhileDirty(): Promise<void> {
    const { reconcile, failed, retryMs, clock } = this.#options;
    while (this.#isDirty && !this.#isStopped) {
      this.#isDirty = false;
      try {
        await reconcile();
      } catch (error) {
        failed(error);
        this.#retry?.cancel();
        this.#retry = clock.setTimer(retryMs, () => void this.trigger());
      }
    }
  }
}
