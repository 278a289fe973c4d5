import { isStatus, type KubeObject, StatusError } from '#api';
import type { CacheEvent, SeenType } from '../watch-cache/cache-event.ts';
import type { Entry } from '../watch-cache/entry.ts';
import type { Call } from './call.ts';
import { readSelectors, type Selection, selectionOf } from './filter.ts';
import { waitForRevision } from './list.ts';
import { type AskedWatch, checkWatchOptions } from './list-options.ts';
import type { Registry } from './registry.ts';
import { parseResourceVersion, tooOldResourceVersion } from './resource-version.ts';

/** Who watches: told synchronously; whoever is slow must say so by ending itself. */
export interface WatchReceiver {
  /** An object of the initial state. */
  initial(entry: Entry): void;
  change(type: SeenType, event: CacheEvent): void;
  /** `endsInitial` marks the end of the initial state. */
  bookmark(revision: number, endsInitial: boolean): void;
  /** The watch is over; with an error when the client has to list again. */
  end(error?: StatusError): void;
}

/**
 * Begins a watch; returns what ends it. Throws for options that make no sense; what upstream tells as an event of type ERROR
 * (a resourceVersion that has expired or does not come) goes to `receiver.end`.
 */
export async function watchObjects(registry: Registry, call: Call, asked: AskedWatch, receiver: WatchReceiver): Promise<() => void> {
  const selectors = readSelectors(asked);
  const options = checkWatchOptions(asked);
  const selection = selectionOf(call, selectors);
  const revision = parseResourceVersion(options.resourceVersion);
  const { caches } = registry;
  const problem = await waitForStart(registry, options, revision);
  // Where clients defined the kind anew meanwhile, this cache is told nothing any more: whoever watches has to begin anew, too.
  if (problem || !caches.isCurrent(call.cache)) {
    receiver.end(problem);
    return () => {};
  }
  // From here on synchronous, so that nothing is missed or told twice between the state and the changes.
  if (options.sendInitialEvents ?? revision === 0) {
    for (const entry of placed(call, selection)) {
      if (!selection.matches || selection.matches(entry.object)) receiver.initial(entry);
    }
    if (options.sendInitialEvents && options.allowWatchBookmarks) receiver.bookmark(caches.applied, true);
  } else if (revision > 0) {
    const events = call.cache.since(revision);
    if (!Array.isArray(events)) {
      receiver.end(tooOldResourceVersion(revision, events.oldest));
      return () => {};
    }
    for (const event of events) tell(receiver, selection, event);
  }
  return caches.watch(call.cache, {
    namespace: selection.namespace,
    name: selection.name,
    wantsBookmarks: options.allowWatchBookmarks ?? false,
    // Whoever names a version that is still to come is told what comes after it.
    event: (event) => event.revision > revision && tellPlaced(receiver, selection, event),
    bookmark: (applied) => applied > revision && receiver.bookmark(applied, false),
    end: (reason) => receiver.end(reason === 'lost' ? new StatusError('Expired', 'The watch fell behind the datastore') : undefined),
  });
}

/** Waits until the cache shows what the watch begins with; an error where that does not come. */
async function waitForStart(registry: Registry, options: AskedWatch, revision: number): Promise<StatusError | undefined> {
  if (!options.resourceVersion) await registry.caches.fresh();
  if (revision === 0 || !options.sendInitialEvents) return undefined;
  try {
    await waitForRevision(registry, revision);
    return undefined;
  } catch (error) {
    if (isStatus(error, 'Timeout')) return error;
    throw error;
  }
}

function* placed({ cache }: Call, { namespace, name }: Selection): Generator<Entry, void, void> {
  // Kubelets watch thousands of single objects: none of them goes through all.
  if (namespace !== undefined && name !== undefined) {
    const single = cache.get(namespace, name);
    if (single) yield single;
    return;
  }
  for (const entry of cache.list(namespace)) if (name === undefined || entry.name === name) yield entry;
}

function tell(receiver: WatchReceiver, selection: Selection, event: CacheEvent): void {
  const { entry } = event;
  if (selection.namespace !== undefined && selection.namespace !== entry.namespace) return;
  if (selection.name !== undefined && selection.name !== entry.name) return;
  tellPlaced(receiver, selection, event);
}
function tellPlaced(receiver: WatchReceiver, selection: Selection, event: CacheEvent): void {
  const type = event.seenBy(selection.matches);
  if (type) receiver.change(type, event);
}

/** The object of a bookmark event. */
export function bookmarkObject(call: Call, revision: number, endsInitial: boolean): KubeObject {
  const { group, version } = call.served;
  return {
    kind: call.definition.kind,
    apiVersion: group ? `${group}/${version}` : version,
    metadata: { resourceVersion: String(revision), ...(endsInitial ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}) },
  };
}
