import { type Clock, systemClock } from '#lib';
import type { Datastore } from './contract.ts';
import { Store } from './core/store.ts';
import { MemoryBackend } from './drivers/memory/memory-backend.ts';
import { DatastoreError } from './errors.ts';

export type * from './contract.ts';
export { MAX_VALUE_BYTES } from './core/store.ts';
export { DatastoreError, type DatastoreErrorCode } from './errors.ts';

export interface OpenDatastoreOptions {
  /** `memory`: nothing is kept. Absent: the SQLite file at `path`. */
  readonly endpoint?: 'memory' | undefined;
  /** The SQLite file (`<data-dir>/server/db/state.db`); its directory is made when missing. */
  readonly path?: string | undefined;
  readonly clock?: Clock | undefined;
}

/** Opens the datastore; throws DatastoreError that names cause and cure. */
export async function openDatastore(options: OpenDatastoreOptions): Promise<Datastore> {
  const clock = options.clock ?? systemClock;
  if (options.endpoint === 'memory') {
    const { backend, state } = MemoryBackend.open();
    return new Store(backend, state, { clock });
  }
  if (options.path === undefined) throw new DatastoreError('unavailable', 'Cannot open the datastore: neither an endpoint nor a path is given');
  const { SqliteBackend } = await import('./drivers/sqlite/sqlite-backend.ts');
  const { backend, state } = await SqliteBackend.open(options.path);
  return new Store(backend, state, { clock });
}
