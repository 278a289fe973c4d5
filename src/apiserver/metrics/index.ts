import { cpuUsage, memoryUsage } from 'node:process';
import { type Clock, type Counter, createMetrics, type Gauge, type Histogram, type Metrics } from '#lib';
import type { DocumentHandler } from '../contract.ts';
import { version } from '../version.ts';

/** What a request is counted as. Verbs are upstream's: `GET`, `LIST`, `WATCH`, `POST`, `PUT`, `PATCH`, `APPLY`, `DELETE`, `DELETECOLLECTION`, `CONNECT`. */
export interface RequestLabels {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  /** `cluster`, `namespace` or `resource` (one object); '' for paths. */
  readonly scope: string;
}

/** The API server's metrics. `requestStarted` returns what ends the request: call it once, with the status code. */
export interface ApiServerMetrics extends DocumentHandler {
  readonly registry: Metrics;
  /** For lists, gets and writes; `isLongRunning` for watches, exec, logs and the like, which are not timed. */
  requestStarted(labels: RequestLabels, isLongRunning?: boolean): (code: number) => void;
}

export interface ApiServerMetricsOptions {
  readonly clock: Clock;
  /** Stored objects by resource (`pods`, `deployments.apps`), asked for at every scrape. */
  readonly storageObjects?: () => Iterable<readonly [resource: string, count: number]>;
}

/** Upstream's bounds of apiserver_request_duration_seconds. */
const SECONDS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const READ_VERBS = new Set(['GET', 'LIST', 'WATCH']);
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';

/** What one kind of request is counted with, looked up once. */
interface Children {
  readonly byCode: Map<number, Counter>;
  // These two are made at their first use: a kind of request has one or the other.
  duration?: Histogram;
  longRunning?: Gauge;
}

/** Makes the metrics and serves them at /metrics. */
export function createApiServerMetrics({ clock, storageObjects }: ApiServerMetricsOptions): ApiServerMetrics {
  const registry = createMetrics();
  const names = ['verb', 'group', 'version', 'resource', 'subresource', 'scope'];
  const total = registry.counter('apiserver_request_total', 'Requests by verb, resource and status code.', [...names, 'code']);
  const duration = registry.histogram('apiserver_request_duration_seconds', 'Response times of requests that are not long-running.', SECONDS, names);
  const longRunning = registry.gauge('apiserver_longrunning_requests', 'Long-running requests that are open now.', names);
  const inflight = registry.gauge('apiserver_current_inflight_requests', 'Requests that are being answered now.', ['request_kind']);
  const [reading, mutating] = [inflight.labels('readOnly'), inflight.labels('mutating')];
  const stored = registry.gauge('apiserver_storage_objects', 'Stored objects by resource.', ['resource']);
  if (storageObjects) {
    registry.collect(() => {
      for (const [resource, count] of storageObjects()) stored.labels(resource).set(count);
    });
  }
  addProcessMetrics(registry, clock);

  const children = new Map<string, Children>();
  const childrenOf = (labels: RequestLabels): Children => {
    const key = valuesOf(labels).join(' ');
    let found = children.get(key);
    if (!found) children.set(key, (found = { byCode: new Map() }));
    return found;
  };
  const counterOf = (own: Children, labels: RequestLabels, code: number): Counter => {
    let counter = own.byCode.get(code);
    if (!counter) own.byCode.set(code, (counter = total.labels(...valuesOf(labels), String(code))));
    return counter;
  };

  return {
    registry,
    requestStarted(labels, isLongRunning = false) {
      const own = childrenOf(labels);
      const shared = READ_VERBS.has(labels.verb) ? reading : mutating;
      const gauge = isLongRunning ? (own.longRunning ??= longRunning.labels(...valuesOf(labels))) : shared;
      const startedAt = clock.monotonic();
      gauge.add(1);
      return (code) => {
        gauge.add(-1);
        counterOf(own, labels, code).add();
        if (isLongRunning) return;
        own.duration ??= duration.labels(...valuesOf(labels));
        own.duration.observe((clock.monotonic() - startedAt) / 1000);
      };
    },
    handle(path) {
      if (path !== '/metrics') return undefined;
      return { status: 200, headers: { 'content-type': CONTENT_TYPE }, body: registry.render() };
    },
  };
}

function valuesOf({ verb, group, version: served, resource, subresource, scope }: RequestLabels): string[] {
  return [verb, group, served, resource, subresource, scope];
}

function addProcessMetrics(registry: Metrics, clock: Clock): void {
  const cpu = registry.counter('process_cpu_seconds_total', 'User and system time spent, in seconds.').labels();
  const resident = registry.gauge('process_resident_memory_bytes', 'Resident memory in bytes.').labels();
  const heap = registry.gauge('nodejs_heap_size_used_bytes', 'Heap in use, in bytes.').labels();
  const started = registry.gauge('process_start_time_seconds', 'When the process started, in seconds since the epoch.').labels();
  started.set(Math.round(clock.now() / 1000 - process.uptime()));
  registry
    .gauge('kubernetes_build_info', 'Always 1; the labels say what this is.', ['git_version', 'major', 'minor', 'platform'])
    .labels(version.gitVersion, version.major, version.minor, version.platform)
    .set(1);
  let counted = 0;
  registry.collect(() => {
    const { user, system } = cpuUsage();
    const seconds = (user + system) / 1e6;
    cpu.add(seconds - counted);
    counted = seconds;
    const { rss, heapUsed } = memoryUsage();
    resident.set(rss);
    heap.set(heapUsed);
  });
}
