import type { Datastore, ListOptions, WriteOptions } from '#datastore';
import type { Clock, Counter, Histogram, Metrics } from '#lib';
import { REQUEST_SECONDS } from './requests.ts';

/** A kind, as metrics name it. */
export interface GroupResource {
  readonly group: string;
  readonly plural: string;
}

interface Meter {
  readonly duration: Histogram;
  readonly requests: Counter;
  readonly errors: () => Counter;
}
type MeterOf = (operation: string, key: string) => Meter | undefined;

/** What is asked of the datastore, by upstream's names: they speak of etcd, whichever datastore it is. */
export class StorageMetrics {
  readonly #clock: Clock;
  readonly #meterOf: MeterOf;
  readonly #size: { set(bytes: number): void };

  /** `kindAt` says which kind the objects below a key are of; undefined: of several. */
  constructor(registry: Metrics, clock: Clock, kindAt: (key: string) => GroupResource | undefined) {
    this.#clock = clock;
    const labels = ['group', 'operation', 'resource'];
    const durations = registry.histogram('etcd_request_duration_seconds', '[ALPHA] How long the datastore took, in seconds.', REQUEST_SECONDS, labels);
    const requests = registry.counter('etcd_requests_total', '[ALPHA] What was asked of the datastore.', labels);
    const errors = registry.counter('etcd_request_errors_total', '[ALPHA] What the datastore failed to do.', labels);
    const known = new WeakMap<GroupResource, Map<string, Meter>>();
    this.#meterOf = (operation, key) => {
      const kind = kindAt(key);
      if (!kind) return undefined;
      let meters = known.get(kind);
      if (!meters) known.set(kind, (meters = new Map()));
      let meter = meters.get(operation);
      if (!meter) {
        const values = [kind.group, operation, kind.plural];
        meter = { duration: durations.labels(...values), requests: requests.labels(...values), errors: () => errors.labels(...values) };
        meters.set(operation, meter);
      }
      return meter;
    };
    this.#size = registry.gauge('apiserver_storage_size_bytes', '[STABLE] Size of the datastore on disk, in bytes.', ['storage_cluster_id']).labels('etcd-0');
  }

  /** The datastore, measured. */
  measured(datastore: Datastore): Datastore {
    return new MeasuredDatastore(datastore, this.#clock, this.#meterOf);
  }
  /** Asks how large the datastore is: before a scrape. */
  async readSize(datastore: Datastore): Promise<void> {
    // One that does not answer leaves the last figure.
    await datastore.size().then(
      (bytes) => this.#size.set(bytes),
      () => {},
    );
  }
}

class MeasuredDatastore implements Datastore {
  readonly #inner: Datastore;
  readonly #clock: Clock;
  readonly #meterOf: MeterOf;

  constructor(inner: Datastore, clock: Clock, meterOf: MeterOf) {
    this.#inner = inner;
    this.#clock = clock;
    this.#meterOf = meterOf;
  }
  get revision(): number {
    return this.#inner.revision;
  }
  get compactedRevision(): number {
    return this.#inner.compactedRevision;
  }
  get(...asked: Parameters<Datastore['get']>): ReturnType<Datastore['get']> {
    return this.#measure('get', asked[0], () => this.#inner.get(...asked));
  }
  list(prefix: string, options?: ListOptions): ReturnType<Datastore['list']> {
    return this.#measure('list', prefix, () => this.#inner.list(prefix, options));
  }
  create(key: string, value: Buffer, options?: WriteOptions): ReturnType<Datastore['create']> {
    return this.#measure('create', key, () => this.#inner.create(key, value, options));
  }
  update(key: string, value: Buffer, expectedRevision: number, options?: WriteOptions): ReturnType<Datastore['update']> {
    return this.#measure('update', key, () => this.#inner.update(key, value, expectedRevision, options));
  }
  delete(key: string, expectedRevision?: number): ReturnType<Datastore['delete']> {
    return this.#measure('delete', key, () => this.#inner.delete(key, expectedRevision));
  }
  watch(...asked: Parameters<Datastore['watch']>): ReturnType<Datastore['watch']> {
    return this.#inner.watch(...asked);
  }
  compact(revision: number): Promise<void> {
    return this.#inner.compact(revision);
  }
  size(): Promise<number> {
    return this.#inner.size();
  }
  close(): Promise<void> {
    return this.#inner.close();
  }

  #measure<T>(operation: string, key: string, ask: () => Promise<T>): Promise<T> {
    const meter = this.#meterOf(operation, key);
    if (!meter) return ask();
    const startedMs = this.#clock.monotonic();
    const answer = ask();
    const ended = (): void => {
      meter.duration.observe((this.#clock.monotonic() - startedMs) / 1000);
      meter.requests.add();
    };
    answer.then(ended, () => {
      ended();
      meter.errors().add();
    });
    return answer;
  }
}
