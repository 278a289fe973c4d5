import { isStatus, type ListOptions } from '#api';
import type { DeleteOptions } from '#api/types/meta-v1';
import type { Call } from './call.ts';
import { deleteObject } from './delete.ts';
import { type Listed, listObjects } from './list.ts';
import type { Registry } from './registry.ts';

/** How many deletions are under way at once: they share the datastore's commits. */
const PARALLEL = 64;

/** Deletes what a list selects; answers with that list. An object that is gone already is no failure. */
export async function deleteCollection(registry: Registry, call: Call, list: ListOptions, options: DeleteOptions): Promise<Listed> {
  const listed = await listObjects(registry, call, exactly(list));
  for (let i = 0; i < listed.entries.length; i += PARALLEL) {
    const part = listed.entries.slice(i, i + PARALLEL);
    await Promise.all(
      part.map(async ({ namespace, name }) => {
        try {
          await deleteObject(registry, { ...call, namespace }, name, options);
        } catch (error) {
          if (!isStatus(error, 'NotFound')) throw error;
        }
      }),
    );
  }
  return listed;
}

/** Upstream always lists in pages here, so that a version alone means that very version. */
function exactly(list: ListOptions): ListOptions {
  const { resourceVersion, resourceVersionMatch, limit } = list;
  const isVersionAlone = resourceVersion && resourceVersion !== '0' && !resourceVersionMatch && !limit && !list.continue;
  return isVersionAlone ? { ...list, resourceVersionMatch: 'Exact' } : list;
}
