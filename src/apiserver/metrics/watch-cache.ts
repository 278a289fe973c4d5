import type { ResourceDefinition } from '#api';
import type { Counter, Family, Gauge, Histogram, Metrics } from '#lib';

/** What a kind's cache counts by itself; read at every scrape. */
export interface CacheFigures {
  readonly definition: { readonly group: string; readonly plural: string };
  readonly size: number;
  readonly byteLength: number;
  readonly lastChange: number;
  readonly capacity: number;
  readonly figures: {
    /** Objects found at the start. */
    readonly initial: number;
    /** Changes taken in, each of which was told to all who watch. */
    readonly received: number;
    /** Stored objects that could not be read. */
    readonly undecodable: number;
    readonly lists: number;
    /** Objects that lists looked at, and showed. */
    readonly fetched: number;
    readonly returned: number;
    /** Lists that were to show all there is. */
    readonly consistent: number;
    /** Lists of states that only the datastore still knows. */
    readonly stored: { readonly lists: number; readonly fetched: number; readonly evaluated: number; readonly returned: number };
  };
}

type Labels = readonly string[];
interface Shown {
  readonly cache: CacheFigures;
  readonly counted: Map<Family<Counter>, number>;
}

const WAIT_SECONDS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3];

/** Is told that a list waited so long for the kind's cache to show what it must. */
export type ReadWaited = (definition: ResourceDefinition, seconds: number) => void;

/** Shows what the watch caches hold and did, by upstream's names. Costs nothing between scrapes but for how long lists waited, of which it is told. */
export function addWatchCacheMetrics(registry: Metrics, caches: () => Iterable<CacheFigures>): ReadWaited {
  const families = familiesIn(registry);
  let shown = new Map<string, Shown>();
  registry.collect(() => {
    const now = new Map<string, Shown>();
    for (const cache of caches()) {
      const { group, plural } = cache.definition;
      const key = `${group}/${plural}`;
      const before = shown.get(key);
      const each = before?.cache === cache ? before : { cache, counted: new Map<Family<Counter>, number>() };
      if (each !== before) families.initializations.labels(group, plural).add();
      now.set(key, each);
      show(families, each, [group, plural]);
    }
    for (const [key, { cache }] of shown) if (!now.has(key)) forget(families, cache.definition);
    shown = now;
  });
  const waits = new WeakMap<ResourceDefinition, Histogram>();
  return (definition, seconds) => {
    let own = waits.get(definition);
    if (!own) waits.set(definition, (own = families.waits.labels(definition.group, definition.plural)));
    own.observe(seconds);
  };
}

function show(families: Families, { cache, counted }: Shown, labels: Labels): void {
  const [group = '', resource = ''] = labels;
  const { initial, received, undecodable, lists, fetched, returned, consistent, stored } = cache.figures;
  const count = (family: Family<Counter>, total: number, values = labels): void => {
    const before = counted.get(family) ?? 0;
    if (total === before) return;
    family.labels(...values).add(total - before);
    counted.set(family, total);
  };
  count(families.initEvents, initial);
  count(families.received, received);
  count(families.stored, received);
  count(families.dispatched, received);
  const indexed = [group, '', resource];
  count(families.lists, lists, indexed);
  count(families.fetched, fetched, indexed);
  count(families.returned, returned);
  count(families.consistent, consistent, ['false', group, resource, 'true']);
  count(families.undecodable, undecodable);
  count(families.storedLists, stored.lists);
  count(families.storedFetched, stored.fetched);
  count(families.storedEvaluated, stored.evaluated);
  count(families.storedReturned, stored.returned);
  families.revision.labels(...labels).set(cache.lastChange);
  families.capacity.labels(...labels).set(cache.capacity);
  families.objects.labels(...labels).set(cache.size);
  families.bytes.labels(...labels).set(cache.byteLength);
  families.oldObjects.labels(group ? `${resource}.${group}` : resource).set(cache.size);
}

/** A kind that is gone is not shown any more. */
function forget(families: Families, { group, plural }: CacheFigures['definition']): void {
  const { lists, fetched, consistent, oldObjects, ...others } = families;
  consistent.remove('false', group, plural, 'true');
  lists.remove(group, '', plural);
  fetched.remove(group, '', plural);
  oldObjects.remove(group ? `${plural}.${group}` : plural);
  for (const family of Object.values<Family<Counter | Gauge | Histogram>>(others)) family.remove(group, plural);
}

type Families = ReturnType<typeof familiesIn>;
function familiesIn(registry: Metrics) {
  const labels = ['group', 'resource'];
  const indexed = ['group', 'index', 'resource'];
  return {
    initializations: registry.counter('apiserver_watch_cache_initializations_total', '[ALPHA] How often the watch cache of a kind was filled.', labels),
    initEvents: registry.counter('apiserver_init_events_total', '[ALPHA] Objects that the watch cache was filled with.', labels),
    received: registry.counter('apiserver_watch_cache_events_received_total', '[ALPHA] Changes that the watch cache took in.', labels),
    dispatched: registry.counter('apiserver_watch_cache_events_dispatched_total', '[ALPHA] Changes that the watch cache told those who watch.', labels),
    stored: registry.counter('apiserver_storage_events_received_total', '[BETA] Changes that the datastore told.', labels),
    revision: registry.gauge('apiserver_watch_cache_resource_version', '[ALPHA] The resource version of the watch cache.', labels),
    capacity: registry.gauge('watch_cache_capacity', '[ALPHA] How many changes the watch cache keeps at most.', labels),
    lists: registry.counter('apiserver_cache_list_total', '[ALPHA] Lists that were served from the watch cache.', indexed),
    fetched: registry.counter('apiserver_cache_list_fetched_objects_total', '[ALPHA] Objects that lists from the watch cache looked at.', indexed),
    returned: registry.counter('apiserver_cache_list_returned_objects_total', '[ALPHA] Objects that lists from the watch cache showed.', labels),
    consistent: registry.counter('apiserver_watch_cache_consistent_read_total', '[ALPHA] Lists of all there is that were served from the watch cache.', [
      'fallback',
      'group',
      'resource',
      'success',
    ]),
    undecodable: registry.counter('apiserver_storage_decode_errors_total', '[ALPHA] Stored objects that could not be read.', labels),
    storedLists: registry.counter('apiserver_storage_list_total', '[ALPHA] Lists that were read from the datastore.', labels),
    storedFetched: registry.counter('apiserver_storage_list_fetched_objects_total', '[ALPHA] Objects that such lists read.', labels),
    storedEvaluated: registry.counter('apiserver_storage_list_evaluated_objects_total', '[ALPHA] Objects that such lists looked at.', labels),
    storedReturned: registry.counter('apiserver_storage_list_returned_objects_total', '[ALPHA] Objects that such lists showed.', labels),
    bytes: registry.gauge('apiserver_resource_size_estimate_bytes', '[ALPHA] About how many bytes the stored objects of a kind have.', labels),
    waits: registry.histogram(
      'apiserver_watch_cache_read_wait_seconds',
      '[ALPHA] How long lists waited for the watch cache, in seconds.',
      WAIT_SECONDS,
      labels,
    ),
    objects: registry.gauge('apiserver_resource_objects', '[ALPHA] Stored objects by kind.', labels),
    oldObjects: registry.gauge('apiserver_storage_objects', '[STABLE] (Deprecated since 1.34.0) Stored objects by kind.', ['resource']),
  };
}
