import type { Event } from '#api/types/core-v1';
import type { Datastore } from '#datastore';
import { type Clock, describeError, type Log, type Timer } from '#lib';
import type { Entry } from './watch-cache/entry.ts';
import type { ResourceCache } from './watch-cache/resource-cache.ts';
import type { WatchCaches } from './watch-cache/watch-caches.ts';

export interface LeftoverExpiryOptions {
  readonly datastore: Datastore;
  readonly caches: WatchCaches;
  readonly clock: Clock;
  readonly log: Log;
}

const CHECK_INTERVAL_MS = 60_000;
/** So many objects are looked at in one turn of the event loop. */
const SLICE = 500;

/**
 * Lets objects with a time to live (events) go in time that an earlier run of the server wrote: the datastore counts their time from when it was opened.
 * When they were written last is what the newest of their own times says.
 */
export class LeftoverExpiry {
  readonly #options: LeftoverExpiryOptions;
  #timer: Timer | undefined;
  #startRevision = 0;
  #endMs = 0;

  constructor(options: LeftoverExpiryOptions) {
    this.#options = options;
  }

  start(): void {
    const { datastore, caches, clock } = this.#options;
    this.#startRevision = datastore.revision;
    const longest = Math.max(0, ...[...caches.all].map(({ definition }) => definition.ttlSeconds ?? 0));
    this.#endMs = clock.now() + longest * 1000;
    this.#arm();
  }
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = this.#options.clock.setTimer(CHECK_INTERVAL_MS, () => void this.#check());
  }

  async #check(): Promise<void> {
    const { caches, clock, log } = this.#options;
    try {
      for (const cache of caches.all) if (cache.definition.ttlSeconds !== undefined) await this.#checkKind(cache, cache.definition.ttlSeconds);
    } catch (error) {
      log.warning('Cannot delete old events', { err: describeError(error) });
    }
    // From then on the datastore's own count is right.
    if (this.#timer && clock.now() < this.#endMs) this.#arm();
  }

  async #checkKind(cache: ResourceCache, ttlSeconds: number): Promise<void> {
    const { datastore, clock } = this.#options;
    let seen = 0;
    // What is deleted leaves the cache meanwhile.
    const entries = [...cache.list()];
    for (const entry of entries) {
      if (!this.#timer) return;
      if (++seen % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
      if (entry.revision > this.#startRevision || lastWrite(entry) + ttlSeconds * 1000 > clock.now()) continue;
      await datastore.delete(`/registry/${cache.definition.storage}/${entry.namespace}/${entry.name}`, entry.revision);
    }
  }
}

function lastWrite(entry: Entry): number {
  const { metadata, eventTime, firstTimestamp, lastTimestamp, series } = entry.object as Event;
  const times = [
    metadata.creationTimestamp,
    eventTime,
    firstTimestamp,
    lastTimestamp,
    series?.lastObservedTime,
    ...(metadata.managedFields ?? []).map(({ time }) => time),
  ];
  return Math.max(0, ...times.map((time) => (time ? Date.parse(time) || 0 : 0)));
}
