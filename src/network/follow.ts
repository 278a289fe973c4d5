import { isStatus, type KubeObject, keyOf, type ResourceType } from '#api';
import type { Client } from '#client';
import { type Clock, type Log, systemClock } from '#lib';

export interface FollowOptions<T extends KubeObject> {
  readonly client: Client;
  readonly type: ResourceType<T>;
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly log: Log;
  readonly clock?: Clock | undefined;
  /** Something is as `object` says now, or is gone (undefined). An object may be told again unchanged. */
  changed(key: string, object: T | undefined): void;
  /** All objects that exist have been told, for the first time. */
  synced(): void;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;

/**
 * Tells every object of a kind and then every change, for ever, through lost watches and expired versions; keeps only their keys, since
 * the parts of the network keep what they derive. Returns what ends it; nothing is told after that has been called.
 */
export function follow<T extends KubeObject>(options: FollowOptions<T>): () => Promise<void> {
  const stop = new AbortController();
  const done = run(options, stop.signal);
  return () => {
    stop.abort();
    return done;
  };
}

async function run<T extends KubeObject>(options: FollowOptions<T>, signal: AbortSignal): Promise<void> {
  const { client, type, fieldSelector, labelSelector, log, clock = systemClock } = options;
  const known = new Set<string>();
  let isSynced = false;
  let retryMs = FIRST_RETRY_MS;
  let resourceVersion: string | undefined;
  while (!signal.aborted) {
    try {
      if (resourceVersion === undefined) {
        const list = await client.list(type, { fieldSelector, labelSelector });
        if (signal.aborted) return;
        tellAll(options, list.items, known);
        resourceVersion = list.metadata.resourceVersion ?? '';
        if (!isSynced) options.synced();
        isSynced = true;
      }
      const startedMs = clock.monotonic();
      for await (const event of client.watch(type, { fieldSelector, labelSelector, resourceVersion, allowWatchBookmarks: true, signal })) {
        if (signal.aborted) return;
        retryMs = FIRST_RETRY_MS;
        resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
        if (event.type === 'BOOKMARK') continue;
        const key = keyOf(event.object);
        if (event.type === 'DELETED') known.delete(key);
        else known.add(key);
        options.changed(key, event.type === 'DELETED' ? undefined : event.object);
      }
      // Servers end watches after a while; one that ends at once is not asked again at once.
      if (clock.monotonic() - startedMs > LAST_RETRY_MS) continue;
    } catch (error) {
      if (signal.aborted) return;
      resourceVersion = undefined;
      if (!isStatus(error, 'Expired', 'Gone')) log.warning(`Cannot watch ${type.plural}, trying again`, { err: error });
    }
    await clock.sleep(retryMs, signal).catch(() => undefined);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  }
}

function tellAll<T extends KubeObject>(options: FollowOptions<T>, items: readonly T[], known: Set<string>): void {
  const present = new Set(items.map(keyOf));
  for (const key of known) if (!present.has(key)) options.changed(key, undefined);
  known.clear();
  for (const item of items) {
    const key = keyOf(item);
    known.add(key);
    options.changed(key, item);
  }
}
