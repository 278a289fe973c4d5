import { type ListOptions, newBadRequest, StatusError } from '#api';
import type { ListMeta } from '#api/types/meta-v1';
import { DatastoreError, type KeyValue } from '#datastore';
import { Entry } from '../watch-cache/entry.ts';
import type { Call } from './call.ts';
import { statusOfDatastoreFailure } from './datastore-failure.ts';
import { type Selection, selectionOf } from './filter.ts';
import type { Registry } from './registry.ts';
import { parseResourceVersion, tooLargeResourceVersion } from './resource-version.ts';

/** Part of a kind's objects and what the list says about itself. */
export interface Listed {
  readonly entries: readonly Entry[];
  readonly metadata: ListMeta;
}

/** How long a list waits for a revision that this server has not seen yet. */
const WAIT_FOR_REVISION_MS = 3_000;

/** Lists what the call's namespace (or all) holds; as fresh as the datastore unless `resourceVersion` allows less. */
export async function listObjects(registry: Registry, call: Call, options: ListOptions): Promise<Listed> {
  const selection = selectionOf(call, options);
  const limit = options.limit && options.limit > 0 ? options.limit : undefined;
  if (options.continue) return await continueList(registry, call, selection, options.continue, limit, options);
  checkVersionMatch(options);
  const revision = parseResourceVersion(options.resourceVersion);
  if (options.resourceVersionMatch === 'Exact') return await listAt(registry, call, selection, revision, undefined, limit);
  if (revision > 0) await waitForRevision(registry, revision);
  else {
    const pending = options.resourceVersion === '0' ? undefined : registry.caches.fresh();
    if (pending) await pending;
  }
  return listCached(registry, call, selection, undefined, limit);
}

function listCached(registry: Registry, call: Call, selection: Selection, start: string | undefined, limit: number | undefined): Listed {
  return listed(registry.caches.applied, takeCached(call, selected(call, selection, start), selection, limit), selection);
}

/** As `take`, counted as a list from the watch cache. */
function takeCached({ cache: { figures } }: Call, source: Source, selection: Selection, limit: number | undefined): Taken {
  const taken = take(source, selection, limit);
  figures.lists++;
  figures.fetched += taken.fetched;
  figures.returned += taken.entries.length;
  return taken;
}

/** Entries at a place, in key order; the predicate is left to `take`. */
interface Source {
  readonly entries: Iterable<Entry>;
  /** How many `entries` has. */
  readonly count: () => number;
}

function selected(call: Call, { namespace, name }: Selection, start: string | undefined): Source {
  const { cache } = call;
  if (name === undefined) return { entries: cache.list(namespace, start), count: () => cache.count(namespace, start) };
  const found = namespace === undefined ? [...cache.list(undefined, start)].filter((entry) => entry.name === name) : [cache.get(namespace, name)];
  return sourceOf(found.filter((entry) => entry !== undefined && (start === undefined || keyRest(entry) >= start)) as Entry[]);
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

function take({ entries, count }: Source, { matches }: Selection, limit = Number.POSITIVE_INFINITY): Taken {
  const taken: Entry[] = [];
  let fetched = 0;
  for (const entry of entries) {
    fetched++;
    if (matches && !matches(entry.object)) continue;
    // Upstream does not count what a selector hides; it only looks whether anything follows.
    if (taken.length >= limit) return { entries: taken, remaining: matches ? 0 : count() - taken.length, last: taken[taken.length - 1], fetched };
    taken.push(entry);
  }
  return { entries: taken, remaining: 0, last: undefined, fetched };
}

function listed(revision: number, { entries, remaining, last }: Taken, selection: Selection): Listed {
  return { entries, metadata: listMeta(revision, last, remaining, selection) };
}

function keyRest(entry: { namespace: string; name: string }): string {
  return entry.namespace ? `${entry.namespace}/${entry.name}` : entry.name;
}

function listMeta(revision: number, last: Entry | undefined, remaining: number, selection: Selection): ListMeta {
  const metadata: ListMeta = { resourceVersion: String(revision) };
  if (!last) return metadata;
  metadata.continue = encodeContinue(revision, `${keyRest(last)}\0`);
  if (!selection.matches) metadata.remainingItemCount = remaining;
  return metadata;
}

// Continue tokens: opaque to clients, of upstream's form (k8s.io/apiserver/pkg/storage/continue.go).

function encodeContinue(revision: number, start: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url');
}
function decodeContinue(token: string): { revision: number; start: string } {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { v?: unknown; rv?: unknown; start?: unknown };
    if (v === 'meta.k8s.io/v1' && Number.isSafeInteger(rv) && typeof rv === 'number' && typeof start === 'string' && start !== '')
      return { revision: rv, start };
  } catch {
    // Falls through to the answer for all that is no token of ours.
  }
  throw newBadRequest('continue key is not valid');
}

async function continueList(
  registry: Registry,
  call: Call,
  selection: Selection,
  token: string,
  limit: number | undefined,
  options: ListOptions,
): Promise<Listed> {
  if (options.resourceVersion && options.resourceVersion !== '0') throw newBadRequest('specifying resource version is not allowed when using continue');
  const { revision, start } = decodeContinue(token);
  const pending = registry.caches.fresh();
  if (pending) await pending;
  // Negative: continue with whatever is there now, which the token of an Expired answer asks for.
  if (revision < 0) return listCached(registry, call, selection, start, limit);
  if (call.cache.lastChange <= revision && revision <= registry.caches.applied) {
    return listed(revision, takeCached(call, selected(call, selection, start), selection, limit), selection);
  }
  return await listAt(registry, call, selection, revision, start, limit);
}

/** The state as of an earlier revision, from the datastore's history. */
async function listAt(
  registry: Registry,
  call: Call,
  selection: Selection,
  revision: number,
  start: string | undefined,
  limit: number | undefined,
): Promise<Listed> {
  const storage = `/registry/${call.definition.storage ?? ''}/`;
  const prefix = selection.namespace ? `${storage}${selection.namespace}/` : storage;
  let items: readonly KeyValue[];
  try {
    ({ items } = await registry.datastore.list(prefix, { revision, ...(start === undefined ? {} : { startKey: storage + start }) }));
  } catch (error) {
    if (error instanceof DatastoreError && error.code === 'future') throw tooLargeResourceVersion(revision, registry.caches.applied);
    const status = statusOfDatastoreFailure(error);
    throw start !== undefined && status instanceof StatusError && status.reason === 'Expired' ? continueExpired(start) : status;
  }
  const entries = items.map(({ key, value, modRevision }) => new Entry(call.cache.format, call.cache.placeOf(key.slice(storage.length)), value, modRevision));
  const named = selection.name === undefined ? entries : entries.filter((entry) => entry.name === selection.name);
  return listed(revision, take(sourceOf(named), selection, limit), selection);
}

function continueExpired(start: string): StatusError {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
  return new ExpiredContinue(message, encodeContinue(-1, start));
}

/** 410 with a token that continues without consistency, in the Status' own metadata. */
export class ExpiredContinue extends StatusError {
  readonly #continue: string;
  constructor(message: string, token: string) {
    super('Expired', message);
    this.#continue = token;
  }
  override toStatus(): ReturnType<StatusError['toStatus']> {
    return { ...super.toStatus(), metadata: { continue: this.#continue } };
  }
}

function checkVersionMatch(options: ListOptions): void {
  const { resourceVersionMatch, resourceVersion } = options;
  if (resourceVersionMatch === undefined) return;
  if (!resourceVersion) throw invalidListOptions('resourceVersionMatch', 'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (resourceVersionMatch !== 'Exact' && resourceVersionMatch !== 'NotOlderThan') {
    throw invalidListOptions(
      'resourceVersionMatch',
      `Unsupported value: ${JSON.stringify(resourceVersionMatch)}: supported values: "Exact", "NotOlderThan", ""`,
    );
  }
  if (resourceVersionMatch === 'Exact' && resourceVersion === '0') {
    throw invalidListOptions('resourceVersionMatch', 'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
}

/** 422 for list options that do not go together. */
export function invalidListOptions(field: string, message: string): StatusError {
  const type = message.startsWith('Forbidden') ? 'FieldValueForbidden' : message.startsWith('Unsupported') ? 'FieldValueNotSupported' : 'FieldValueInvalid';
  return new StatusError('Invalid', `ListOptions.meta.k8s.io "" is invalid: ${field}: ${message}`, {
    details: { group: 'meta.k8s.io', kind: 'ListOptions', causes: [{ reason: type, message, field }] },
  });
}

/** Waits until this server has seen `revision`; throws Timeout as upstream does when it does not come. */
export async function waitForRevision(registry: Registry, revision: number): Promise<void> {
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
