import { type KubeObject, newConflict } from '#api';
import type { Namespace } from '#api/types/core-v1';
import type { DeleteOptions } from '#api/types/meta-v1';
import { rfc3339 } from '#lib';
import type { Call } from './call.ts';
import { resourceName } from './call.ts';
import { requireEntry } from './commit.ts';
import { type Deleted, deleteObject, finalizersFor } from './delete.ts';
import { admitAndValidate, type Registry } from './registry.ts';
import { guaranteedUpdate } from './update.ts';

/**
 * Deletes a namespace as upstream does: the first request only says that it is to end (the namespace controller empties it),
 * and it goes once nobody has a spec.finalizers entry left.
 */
export async function deleteNamespace(registry: Registry, call: Call, name: string, options: DeleteOptions): Promise<Deleted> {
  const entry = await requireEntry(registry, call, name);
  const { metadata, spec } = entry.object as Namespace;
  checkPreconditions(call, name, options, metadata);
  if (metadata.deletionTimestamp !== undefined) {
    if (spec?.finalizers?.length) return { entry, isGone: false };
    return await deleteObject(registry, call, name, options);
  }
  await admitAndValidate(registry, call, { operation: 'DELETE', name, oldObject: entry.object });
  const change = (live: KubeObject | undefined): KubeObject => terminating(call, live as Namespace, options, registry.clock.now());
  const strategy = { prepareForUpdate: () => {} };
  const updated = await guaranteedUpdate(registry, call, name, change, {
    mayCreate: false,
    isTracked: true,
    skipsAdmission: true,
    marksDeletion: true,
    strategy,
    uid: metadata.uid,
  });
  return { entry: updated.entry, isGone: false };
}

function checkPreconditions(call: Call, name: string, { preconditions }: DeleteOptions, metadata: KubeObject['metadata']): void {
  for (const [field, label] of [
    ['uid', 'UID'],
    ['resourceVersion', 'ResourceVersion'],
  ] as const) {
    const wanted = preconditions?.[field];
    if (wanted !== undefined && wanted !== metadata[field]) {
      throw newConflict(
        resourceName(call),
        name,
        `Precondition failed: ${label} in precondition: ${wanted}, ${label} in object meta: ${metadata[field] ?? ''}`,
      );
    }
  }
}

function terminating(call: Call, live: Namespace, options: DeleteOptions, nowMs: number): KubeObject {
  const finalizers = finalizersFor(call, live as KubeObject, options);
  const metadata = { ...live.metadata, deletionTimestamp: live.metadata.deletionTimestamp ?? rfc3339(nowMs) };
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  return { ...live, metadata, status: { ...live.status, phase: 'Terminating' } } as KubeObject;
}
