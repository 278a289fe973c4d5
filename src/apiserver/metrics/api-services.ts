import type { apiServices } from '#api';
import type { Metrics } from '#lib';

type ApiService = NonNullable<(typeof apiServices)['$type']>;

/** Shows which APIServices are not available, by upstream's name; read at every scrape. */
export function addApiServiceMetrics(registry: Metrics, list: () => Iterable<ApiService>): void {
  const unavailable = registry.gauge('aggregator_unavailable_apiservice', '[ALPHA] 1 for APIServices that are marked as unavailable.', ['name']);
  let shown = new Set<string>();
  registry.collect(() => {
    const now = new Set<string>();
    for (const { metadata, status } of list()) {
      const name = metadata.name ?? '';
      now.add(name);
      const isAvailable = status?.conditions?.some((each) => each.type === 'Available' && each.status === 'True');
      unavailable.labels(name).set(isAvailable ? 0 : 1);
    }
    for (const name of shown) if (!now.has(name)) unavailable.remove(name);
    shown = now;
  });
}
