import { type ListOptions, newBadRequest, StatusError } from '#api';
import type { ListMeta } from '#api/types/meta-v1';
import { DatastoreError, type KeyValue } from '#datastore';
import { Entry } from '../watch-cache/entry.ts';
import type { Call } from './call.ts';
import { type ContinueToken, decodeContinue, encodeContinue, ExpiredContinue } from './continue-token.ts';
import { statusOfDatastoreFailure } from './datastore-failure.ts';
import { readSelectors, type Selection, selectionOf } from './filter.ts';
import { checkListOptions } from './list-options.ts';
import type { Registry } from './registry.ts';
import { parseListVersion, tooLargeResourceVersion } from './resource-version.ts';

/** Part of a kind's objects and what the list says about itself. */
export interface Listed {
  readonly entries: readonly Entry[];
  readonly metadata: ListMeta;
}

/** How long a list waits for a revision that this server has not seen yet. */
const WAIT_FOR_REVISION_MS = 3_000;

/** Lists what the call's namespace (or all) holds; as fresh as the datastore unless `resourceVersion` allows less. */
export async function listObjects(registry: Registry, call: Call, options: ListOptions): Promise<Listed> {
  const selectors = readSelectors(options);
  checkListOptions(options);
  const selection = selectionOf(call, selectors);
  const { resourceVersion, resourceVersionMatch: match } = options;
  // One object is no list to go through in pages.
  const isSingle = selection.name !== undefined && selection.namespace !== undefined;
  const limit = !isSingle && options.limit && options.limit > 0 ? options.limit : undefined;
  if (options.continue && !isSingle) return await continueList(registry, call, selection, options.continue, limit, resourceVersion);
  const revision = parseListVersion(resourceVersion);
  // Who names a version and a limit means that very version, as before there was a resourceVersionMatch.
  if (match === 'Exact' || (match === undefined && limit !== undefined && revision > 0)) {
    return await listExactly(registry, call, selection, { revision, start: '' }, limit);
  }
  // Upstream's cache gives whoever takes any version what it has, all of it at once; Events are not in it.
  const takesAny = resourceVersion === '0' && call.definition.storage !== 'events';
  if (!takesAny) await waitForCache(registry, call, revision);
  return listCached(registry, call, selection, { revision: registry.caches.applied, start: '' }, takesAny ? undefined : limit);
}

/** Waits until the cache shows the revision; 0: all that there is. */
async function waitForCache({ caches, clock, meters }: Registry, call: Call, revision: number): Promise<void> {
  const sinceMs = clock.monotonic();
  if (revision > 0) await waitForRevision({ caches, clock }, revision);
  else {
    call.cache.figures.consistent++;
    const pending = caches.fresh();
    if (pending) await pending;
  }
  meters.readWaited(call.definition, (clock.monotonic() - sinceMs) / 1000);
}

function listCached({ caches }: Registry, call: Call, selection: Selection, from: ContinueToken, limit: number | undefined): Listed {
  const { cache } = call;
  // Clients defined the kind anew while this list waited: this cache is told nothing any more. In upstream's words, who asks again is answered.
  if (!caches.isCurrent(cache)) throw new StatusError('TooManyRequests', 'storage is (re)initializing', { details: { retryAfterSeconds: 1 } });
  const revision = from.revision < 0 ? caches.applied : from.revision;
  const { namespace, name } = selection;
  const start = `${prefixOf(selection)}${from.start}`;
  let source: Source = { entries: cache.list(namespace, start), count: () => cache.count(namespace, start) };
  if (namespace !== undefined && name !== undefined) {
    const entry = cache.get(namespace, name);
    source = sourceOf(entry ? [entry] : []);
  }
  const taken = take(source, selection, limit);
  cache.figures.lists++;
  cache.figures.fetched += taken.fetched;
  cache.figures.returned += taken.entries.length;
  return listed(revision, taken, selection);
}

/** Entries at a place, in key order; the predicate is left to `take`. */
interface Source {
  readonly entries: Iterable<Entry>;
  /** How many `entries` has. */
  readonly count: () => number;
}
function sourceOf(entries: readonly Entry[]): Source {
  return { entries, count: () => entries.length };
}

interface Taken {
  readonly entries: Entry[];
  readonly remaining: number;
  /** The last entry of a page behind which there is more. */
  readonly last: Entry | undefined;
  /** How many entries were looked at. */
  readonly fetched: number;
}

function take({ entries, count }: Source, { name, matches }: Selection, limit = Number.POSITIVE_INFINITY): Taken {
  const taken: Entry[] = [];
  let fetched = 0;
  for (const entry of entries) {
    // As upstream: whether anything follows, selected or not.
    if (taken.length >= limit) return { entries: taken, remaining: count() - taken.length, last: taken[taken.length - 1], fetched };
    fetched++;
    if (name !== undefined && entry.name !== name) continue;
    if (matches && !matches(entry.object)) continue;
    taken.push(entry);
  }
  return { entries: taken, remaining: 0, last: undefined, fetched };
}

/** What the keys of all that is listed begin with, behind the kind's own prefix. */
function prefixOf({ namespace }: Selection): string {
  return namespace ? `${namespace}/` : '';
}

function listed(revision: number, { entries, remaining, last }: Taken, selection: Selection): Listed {
  const metadata: ListMeta = { resourceVersion: String(revision) };
  if (last) {
    const key = selection.namespace === undefined ? `${last.namespace}/${last.name}` : last.name;
    metadata.continue = encodeContinue({ revision, start: `${key}\0` });
    if (selection.isEverything) metadata.remainingItemCount = remaining;
  }
  return { entries, metadata };
}

async function continueList(
  registry: Registry,
  call: Call,
  selection: Selection,
  token: string,
  limit: number | undefined,
  resourceVersion: string | undefined,
): Promise<Listed> {
  const from = decodeContinue(token);
  if (resourceVersion && resourceVersion !== '0') throw newBadRequest('specifying resource version is not allowed when using continue');
  if (from.revision > 0) return await listExactly(registry, call, selection, from, limit);
  // Negative: continue with whatever is there now, which the token of an Expired answer asks for.
  const pending = registry.caches.fresh();
  if (pending) await pending;
  return listCached(registry, call, selection, from, limit);
}

/** The state as of a revision: the cache's own while nothing has changed since, or from the datastore's history. */
async function listExactly(registry: Registry, call: Call, selection: Selection, from: ContinueToken, limit: number | undefined): Promise<Listed> {
  await waitForRevision(registry, from.revision);
  if (call.cache.lastChange <= from.revision) return listCached(registry, call, selection, from, limit);
  return await listAt(registry, call, selection, from, limit);
}

async function listAt(registry: Registry, call: Call, selection: Selection, { revision, start }: ContinueToken, limit: number | undefined): Promise<Listed> {
  const storage = `/registry/${call.definition.storage ?? ''}/`;
  const prefix = `${storage}${prefixOf(selection)}`;
  let items: readonly KeyValue[];
  try {
    ({ items } = await registry.datastore.list(prefix, { revision, ...(start === '' ? {} : { startKey: prefix + start }) }));
  } catch (error) {
    if (error instanceof DatastoreError && error.code === 'future') throw tooLargeResourceVersion(revision, registry.caches.applied);
    if (error instanceof DatastoreError && error.code === 'compacted' && start !== '') throw new ExpiredContinue(start);
    throw statusOfDatastoreFailure(error);
  }
  const entries = items.map(({ key, value, modRevision }) => new Entry(call.cache.format, call.cache.placeOf(key.slice(storage.length)), value, modRevision));
  const taken = take(sourceOf(entries), selection, limit);
  const { stored } = call.cache.figures;
  stored.lists++;
  stored.fetched += entries.length;
  stored.evaluated += taken.fetched;
  stored.returned += taken.entries.length;
  return listed(revision, taken, selection);
}

/** Waits until this server has seen `revision`; throws Timeout as upstream does when it does not come. */
export async function waitForRevision(registry: Pick<Registry, 'caches' | 'clock'>, revision: number): Promise<void> {
  const pending = registry.caches.shows(revision);
  if (!pending) return;
  const abort = new AbortController();
  const timeout = registry.clock.sleep(WAIT_FOR_REVISION_MS, abort.signal).then(
    () => true,
    () => false,
  );
  const isLate = await Promise.race([pending.then(() => false), timeout]);
  abort.abort();
  if (isLate) throw tooLargeResourceVersion(revision, registry.caches.applied);
}
