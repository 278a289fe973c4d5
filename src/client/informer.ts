import { isStatus, type KubeObject, keyOf, type ResourceType, type WatchEvent } from '#api';
import { type Clock, createLog, type Log, type Random, systemClock, systemRandom } from '#lib';
import type { Client } from './contract.ts';
import { type IndexFunction, IndexedStore, type ObjectStore } from './object-store.ts';

/** Called in the order of changes, synchronously, after the store shows the change. What they throw is logged. */
export interface InformerHandlers<T extends KubeObject> {
  added?(object: T): void;
  updated?(object: T, old: T): void;
  /** With the last state that was seen. */
  deleted?(object: T): void;
}

export interface InformerOptions<T extends KubeObject> {
  readonly signal: AbortSignal;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>> | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** A live copy of the objects of a kind (and selector). */
export interface Informer<T extends KubeObject> {
  readonly store: ObjectStore<T>;
  /** Resolves when the store has shown the first list; rejects when the informer is stopped before. */
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  /** Adds handlers, which hear at once of everything that is already there; returns what removes them. */
  on(handlers: InformerHandlers<T>): () => void;
}

/** Starts to list and watch; ends when the signal aborts. */
export function createInformer<T extends KubeObject>(client: Client, type: ResourceType<T>, options: InformerOptions<T>): Informer<T> {
  const reflector = new Reflector(client, type, options);
  void reflector.run();
  return reflector;
}

// client-go's reflector backs off like this.
const MIN_BACKOFF_MS = 800;
const MAX_BACKOFF_MS = 30_000;
/** After this long without a failure the backoff starts anew. */
const BACKOFF_RESET_MS = 120_000;

/**
 * Lists once and watches from there on: list → watch → (ends: watch again from where it was | Expired: list again). No polling, no resync.
 * Bookmarks move the resourceVersion on, so that a quiet kind need not list again after a broken connection.
 */
class Reflector<T extends KubeObject> implements Informer<T> {
  readonly store = new IndexedStore<T>();
  readonly synced: Promise<void>;
  readonly #markSynced: () => void;
  readonly #failSynced: (error: unknown) => void;
  readonly #client: Client;
  readonly #type: ResourceType<T>;
  readonly #options: InformerOptions<T>;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #handlers = new Set<InformerHandlers<T>>();
  /** Where the next watch starts; undefined: list first. */
  #resourceVersion: string | undefined;
  /** The cached state is good enough for a list, until it turned out to be too old. */
  #listsFromCache = true;
  #backoffMs = MIN_BACKOFF_MS;
  #lastFailureMs = Number.NEGATIVE_INFINITY;
  hasSynced = false;

  constructor(client: Client, type: ResourceType<T>, options: InformerOptions<T>) {
    this.#client = client;
    this.#type = type;
    this.#options = options;
    this.#log = options.log ?? createLog('client');
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    for (const [name, index] of Object.entries(options.indexes ?? {})) this.store.addIndex(name, index);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Nobody need wait for it.
    promise.catch(() => undefined);
    this.synced = promise;
    this.#markSynced = () => resolve();
    this.#failSynced = (error) => reject(error);
  }

  on(handlers: InformerHandlers<T>): () => void {
    this.#handlers.add(handlers);
    if (handlers.added) for (const object of this.store.list()) this.#guard(() => handlers.added?.(object));
    return () => this.#handlers.delete(handlers);
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#list();
        const startedMs = this.#clock.monotonic();
        const events = await this.#watch();
        // A server that ends watches at once must not be asked in a tight loop.
        if (events === 0 && this.#clock.monotonic() - startedMs < 1000) await this.#backOff();
      } catch (error) {
        if (!signal.aborted) await this.#failed(error);
      }
    }
    this.#failSynced(new Error(`The informer for ${this.#type.plural} was stopped before it had synced`));
  }

  async #list(): Promise<void> {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    const resourceVersion = this.#listsFromCache ? '0' : undefined;
    const list = await this.#client.list(this.#type, { namespace, labelSelector, fieldSelector, resourceVersion });
    if (this.#options.signal.aborted) return;
    this.#listsFromCache = true;
    this.#replace(list.items);
    this.#resourceVersion = list.metadata.resourceVersion ?? '';
    if (this.hasSynced) return;
    this.hasSynced = true;
    this.#markSynced();
  }

  /** Makes the store show exactly these objects, telling the handlers the difference. */
  #replace(objects: readonly T[]): void {
    const gone = new Set(this.store.keys());
    for (const object of objects) {
      gone.delete(keyOf(object));
      this.#put(object);
    }
    for (const key of gone) this.#remove(key);
  }

  async #watch(): Promise<number> {
    const { namespace, labelSelector, fieldSelector, signal } = this.#options;
    const options = { namespace, labelSelector, fieldSelector, resourceVersion: this.#resourceVersion, allowWatchBookmarks: true, signal };
    let count = 0;
    for await (const event of this.#client.watch(this.#type, options)) {
      if (signal.aborted) break;
      count++;
      this.#apply(event);
      this.#resourceVersion = event.object.metadata.resourceVersion ?? this.#resourceVersion;
    }
    return count;
  }

  #apply(event: WatchEvent<T>): void {
    switch (event.type) {
      case 'ADDED':
      case 'MODIFIED':
        return this.#put(event.object);
      case 'DELETED':
        return this.#remove(keyOf(event.object), event.object);
      case 'BOOKMARK':
        return undefined;
    }
  }

  #put(object: T): void {
    const old = this.store.set(object);
    if (!old) {
      for (const handlers of this.#handlers) this.#guard(() => handlers.added?.(object));
    } else if (old.metadata.resourceVersion === undefined || old.metadata.resourceVersion !== object.metadata.resourceVersion) {
      if (old.metadata.uid !== object.metadata.uid) return this.#replaced(object, old);
      for (const handlers of this.#handlers) this.#guard(() => handlers.updated?.(object, old));
    }
  }
  /** The name was deleted and made again while nobody watched: two objects, not one that changed. */
  #replaced(object: T, old: T): void {
    for (const handlers of this.#handlers) {
      this.#guard(() => handlers.deleted?.(old));
      this.#guard(() => handlers.added?.(object));
    }
  }
  #remove(key: string, last?: T): void {
    const old = this.store.delete(key);
    const object = last ?? old;
    if (old && object) for (const handlers of this.#handlers) this.#guard(() => handlers.deleted?.(object));
  }
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#log.error('an informer handler failed', { resource: this.#type.plural, err: error });
    }
  }

  async #failed(error: unknown): Promise<void> {
    if (isStatus(error, 'Expired', 'Gone') || isTooLargeVersion(error)) {
      const wasListing = this.#resourceVersion === undefined;
      this.#resourceVersion = undefined;
      // What the cache has is too old, or its version is of another life of the server: read the newest.
      this.#listsFromCache = false;
      this.#log.debug('watch expired, listing again', { resource: this.#type.plural });
      if (wasListing) await this.#backOff();
      return;
    }
    // Before the first list others wait for this one: then it must be seen.
    const fields = { resource: this.#type.plural, err: error };
    if (this.hasSynced) this.#log.debug('list and watch failed, trying again', fields);
    else this.#log.warning('list and watch failed, trying again', fields);
    await this.#backOff();
  }

  async #backOff(): Promise<void> {
    const now = this.#clock.monotonic();
    if (now - this.#lastFailureMs > BACKOFF_RESET_MS) this.#backoffMs = MIN_BACKOFF_MS;
    this.#lastFailureMs = now;
    // Jitter, so that the nodes of a cluster do not return together: one to two times the delay.
    const delayMs = this.#backoffMs * (1 + this.#random.number());
    this.#backoffMs = Math.min(this.#backoffMs * 2, MAX_BACKOFF_MS);
    await this.#clock.sleep(delayMs, this.#options.signal).catch(() => undefined);
  }
}

/** The version asked for is above the server's newest: the datastore was restored to an earlier state. */
function isTooLargeVersion(error: unknown): boolean {
  return isStatus(error, 'Timeout') && error.message.includes('Too large resource version');
}
