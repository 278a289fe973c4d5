import { type Datastore, DatastoreError, type DatastoreErrorCode, type WatchBatch, type WatchOptions } from '#datastore';

/** A datastore whose writes and watches fail when a test says so. */
export interface FlakyDatastore extends Datastore {
  /** Writes throw this until it is undefined again. */
  failure: DatastoreErrorCode | undefined;
  /** Ends all watches with this error; new ones fail with it, too, until `repair()`. */
  loseWatches(code: DatastoreErrorCode): void;
  repair(): void;
}

/** Wraps a datastore, which stays the owner's. */
export function createFlakyDatastore(inner: Datastore): FlakyDatastore {
  let lost: DatastoreErrorCode | undefined;
  const cuts = new Set<AbortController>();
  const write = async <T>(run: () => Promise<T>): Promise<T> => {
    if (flaky.failure) throw new DatastoreError(flaky.failure, 'Cannot write "state.db": as the test says');
    return await run();
  };
  async function* watch(options: WatchOptions): AsyncGenerator<WatchBatch, void, void> {
    const cut = new AbortController();
    cuts.add(cut);
    if (!lost) yield* inner.watch({ ...options, signal: AbortSignal.any([options.signal, cut.signal]) });
    cuts.delete(cut);
    if (lost) throw new DatastoreError(lost, 'Cannot watch: as the test says');
  }
  const flaky: FlakyDatastore = {
    failure: undefined,
    loseWatches(code) {
      lost = code;
      for (const cut of cuts) cut.abort();
    },
    repair() {
      lost = undefined;
    },
    get revision() {
      return inner.revision;
    },
    get compactedRevision() {
      return inner.compactedRevision;
    },
    get: (key, options) => inner.get(key, options),
    list: (prefix, options) => inner.list(prefix, options),
    create: (key, value, options) => write(() => inner.create(key, value, options)),
    update: (key, value, revision, options) => write(() => inner.update(key, value, revision, options)),
    delete: (key, revision) => write(() => inner.delete(key, revision)),
    watch,
    compact: (revision) => inner.compact(revision),
    size: () => inner.size(),
    close: () => inner.close(),
  };
  return flaky;
}
