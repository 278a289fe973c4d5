import type { Datastore } from '#datastore';
import { type Clock, describeError, type Log, type Timer } from '#lib';

export interface CompactorOptions {
  readonly datastore: Datastore;
  /** 0: history is kept for ever. */
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** As kine: an idle cluster keeps its latest history, however old it is. */
const MIN_KEPT_REVISIONS = 1000;

/**
 * Lets the datastore forget old history: at every interval what was there at the one before, so that lists that go on by a continue token and watches that
 * resume have between one and two intervals. Follows k8s.io/apiserver/pkg/storage/etcd3/compact.go.
 */
export class Compactor {
  readonly #options: CompactorOptions;
  #timer: Timer | undefined;
  #lastRevision = 0;

  constructor(options: CompactorOptions) {
    this.#options = options;
  }

  start(): void {
    const { datastore, intervalMs, clock } = this.#options;
    if (intervalMs <= 0) return;
    this.#lastRevision = datastore.revision;
    this.#timer = clock.setTimer(intervalMs, () => void this.#compact());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #compact(): Promise<void> {
    const { datastore, log } = this.#options;
    const target = Math.min(this.#lastRevision, datastore.revision - MIN_KEPT_REVISIONS);
    try {
      if (target > datastore.compactedRevision) await datastore.compact(target);
    } catch (error) {
      log.warning('Cannot compact the datastore', { revision: target, err: describeError(error) });
    }
    if (this.#timer) this.start();
  }
}
