import type { Datastore } from '#datastore';
import { type Clock, createMetrics, type Metrics } from '#lib';
import type { AdmissionObserver } from '../admission/observe.ts';
import type { DocumentHandler } from '../contract.ts';
import { createAdmissionMetrics } from './admission.ts';
import { addApiServiceMetrics } from './api-services.ts';
import { AuthenticationMetrics } from './authentication.ts';
import { addHealthMetrics, type HealthObserver } from './health.ts';
import { addProcessMetrics } from './process.ts';
import { RequestMetrics } from './requests.ts';
import { type GroupResource, StorageMetrics } from './storage.ts';
import { addWatchCacheMetrics, type CacheFigures, type ReadWaited } from './watch-cache.ts';
import { createWatchMetrics, type WatchedKind, type WatchMeter } from './watches.ts';

export type { RequestMetrics, RequestTrace } from './requests.ts';
export { NO_METER, type WatchedKind, type WatchMeter } from './watches.ts';

/** The API server's metrics, served at /metrics and /metrics/slis. */
export interface ApiServerMetrics extends DocumentHandler {
  readonly registry: Metrics;
  readonly requests: RequestMetrics;
  readonly authentication: AuthenticationMetrics;
  readonly admission: AdmissionObserver;
  readonly health: HealthObserver;
  /** What a watch of the kind is counted with. */
  readonly watchMeter: (kind: WatchedKind, scope: string) => WatchMeter;
  /** A list waited so long for the kind's cache. */
  readonly readWaited: ReadWaited;
  /** The datastore, measured. */
  readonly datastore: Datastore;
}

export interface ApiServerMetricsOptions {
  readonly clock: Clock;
  readonly datastore: Datastore;
  /** Of which kind the objects below a key of the datastore are; always the same object for the same kind. */
  readonly kindAt: (key: string) => GroupResource | undefined;
  /** Asked for at every scrape. */
  readonly caches: () => Iterable<CacheFigures>;
  readonly apiServices: Parameters<typeof addApiServiceMetrics>[1];
}

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';

/** Makes the metrics. */
export function createApiServerMetrics({ clock, datastore, kindAt, caches, apiServices }: ApiServerMetricsOptions): ApiServerMetrics {
  const registry = createMetrics();
  const objectives = createMetrics();
  const storage = new StorageMetrics(registry, clock, kindAt);
  const readWaited = addWatchCacheMetrics(registry, caches);
  addApiServiceMetrics(registry, apiServices);
  addProcessMetrics(registry, clock);
  return {
    registry,
    requests: new RequestMetrics(registry, clock),
    authentication: new AuthenticationMetrics(registry, clock),
    admission: createAdmissionMetrics(registry),
    health: addHealthMetrics(objectives),
    watchMeter: createWatchMetrics(registry),
    readWaited,
    datastore: storage.measured(datastore),
    handle(path) {
      if (path === '/metrics') return storage.readSize(datastore).then(() => answer(registry));
      return path === '/metrics/slis' ? answer(objectives) : undefined;
    },
  };
}

function answer(registry: Metrics) {
  return { status: 200, headers: { 'content-type': CONTENT_TYPE }, body: registry.render() };
}
