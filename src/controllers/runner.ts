import { isStatus } from '#api';
import { type Client, createEventRecorder, createInformerFactory, type EventRecorder, type InformerFactory, WorkQueue } from '#client';
import type { Clock, Log, Random } from '#lib';
import { type Controller, type Reconcile, TerminalError } from './controller.ts';

/** What all controllers share. */
export interface RunnerOptions {
  /** A client that acts as this service account of kube-system. */
  clientFor(account: string): Client;
  /** Reads what informers show: may list and watch every kind. */
  readonly informerClient: Client;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of every pass that ended. */
  readonly onPass?: ((pass: Pass) => void) | undefined;
}

/** How one pass over a key ended. */
export interface Pass {
  readonly controller: string;
  readonly outcome: 'done' | 'requeue' | 'retry' | 'terminal';
  readonly durationMs: number;
  /** Keys waiting in the controller's queue. */
  readonly depth: number;
}

interface Loop {
  readonly controller: Controller;
  readonly queue: WorkQueue;
  readonly reconcile: Reconcile;
  readonly log: Log;
  readonly events: EventRecorder;
  /** Keys whose last pass failed and that wait for their next. */
  readonly retrying: Set<string>;
}

const DEFAULT_WORKERS = 5;

/**
 * Runs controllers: it alone owns queues, workers and backoff. No worker begins before every cache shows its first list, since a controller
 * that sees half of a cluster would make or delete the other half.
 */
export class Runner {
  readonly #controllers: readonly Controller[];
  readonly #options: RunnerOptions;
  readonly #ended = new AbortController();
  readonly #loops: Loop[] = [];
  #workers: Promise<void>[] = [];
  #running = 0;

  constructor(controllers: readonly Controller[], options: RunnerOptions) {
    this.#controllers = controllers;
    this.#options = options;
  }

  /** Resolves when the caches have synced and the workers run. */
  async start(): Promise<void> {
    const { informerClient, clock, log, random } = this.#options;
    const informers = createInformerFactory(informerClient, { signal: this.#ended.signal, clock, log, random });
    for (const controller of this.#controllers) this.#loops.push(this.#connect(controller, informers));
    await informers.synced();
    for (const loop of this.#loops) {
      for (let i = 0; i < (loop.controller.workers ?? DEFAULT_WORKERS); i++) this.#workers.push(this.#work(loop));
    }
  }

  /** Ends watches and lets passes that run come to their end. */
  async stop(): Promise<void> {
    this.#ended.abort();
    for (const { queue } of this.#loops) queue.shutDown();
    await Promise.all(this.#workers);
    this.#workers = [];
  }

  /** Nothing waits, nothing runs, nothing is to be tried again. Timers (of a rollout's deadline, of a node's silence) may be set. */
  get isIdle(): boolean {
    return this.#running === 0 && this.#loops.every(({ queue, retrying }) => queue.length === 0 && retrying.size === 0);
  }

  #connect(controller: Controller, informers: InformerFactory): Loop {
    const { clock, random } = this.#options;
    const { signal } = this.#ended;
    const client = this.#options.clientFor(controller.account);
    const log = this.#options.log.with({ controller: controller.name });
    const queue = new WorkQueue({ clock });
    const events = createEventRecorder(client, { component: controller.eventSource ?? controller.account, clock });
    const enqueue = (key: string, delayMs = 0): void => queue.addAfter(key, delayMs);
    const reconcile = controller.connect({ client, informers, events, clock, random, log, signal, enqueue });
    return { controller, queue, reconcile, log, events, retrying: new Set() };
  }

  async #work(loop: Loop): Promise<void> {
    for (;;) {
      const key = await loop.queue.get();
      if (key === undefined) return;
      const startMs = this.#options.clock.monotonic();
      this.#running++;
      const outcome = await this.#pass(loop, key);
      this.#running--;
      if (outcome === 'retry') loop.retrying.add(key);
      else loop.retrying.delete(key);
      loop.queue.done(key);
      const durationMs = this.#options.clock.monotonic() - startMs;
      this.#options.onPass?.({ controller: loop.controller.name, outcome, durationMs, depth: loop.queue.length });
    }
  }

  async #pass({ reconcile, queue, log }: Loop, key: string): Promise<Pass['outcome']> {
    try {
      const outcome = await reconcile(key, this.#ended.signal);
      queue.forget(key);
      if (outcome === 'done') return 'done';
      queue.addAfter(key, outcome.requeueAfterMs);
      return 'requeue';
    } catch (error) {
      return this.#failed({ queue, log }, key, error);
    }
  }

  #failed({ queue, log }: Pick<Loop, 'queue' | 'log'>, key: string, error: unknown): Pass['outcome'] {
    if (this.#ended.signal.aborted) return 'terminal';
    if (error instanceof TerminalError) {
      queue.forget(key);
      log.error('cannot be put right', { key, err: error });
      return 'terminal';
    }
    const delayMs = queue.addRateLimited(key);
    // A lost race is how optimistic writes work, not something to tell.
    if (isStatus(error, 'Conflict')) log.debug('lost a race, trying again', { key, delayMs });
    else log.warning('failed, trying again', { key, delayMs, err: error });
    return 'retry';
  }
}
