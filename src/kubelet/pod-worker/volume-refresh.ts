import type { Log } from '#lib';

export interface VolumeRefreshHost {
  readonly log: Log;
  /** Volumes are there, and nothing else is making or removing them. */
  mayRefresh(): boolean;
  refresh(): Promise<void>;
}

/** Brings a running pod's volumes up to date: one refresh at a time, and what changed meanwhile or while it was not possible is not forgotten. */
export class VolumeRefresh {
  readonly #host: VolumeRefreshHost;
  #isWanted = false;
  #isRunning = false;

  constructor(host: VolumeRefreshHost) {
    this.#host = host;
  }

  /** Something that volumes show has changed. */
  request(): void {
    this.#isWanted = true;
    void this.proceed();
  }
  /** It may be possible now. */
  async proceed(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#isWanted && this.#host.mayRefresh()) {
      this.#isWanted = false;
      try {
        await this.#host.refresh();
      } catch (error) {
        this.#host.log.warning('Cannot refresh volumes', { err: error });
      }
    }
    this.#isRunning = false;
  }
}
