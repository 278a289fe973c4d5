import { type CustomResourceDefinition, type KubeObject, newConflict } from '#api';
import type { DeleteOptions } from '#api/types/meta-v1';
import { rfc3339 } from '#lib';
import { CLEANUP_FINALIZER } from '../extensions/cleanup.ts';
import { withCondition } from '../extensions/with-condition.ts';
import type { Entry } from '../watch-cache/entry.ts';
import { type Call, resourceName } from './call.ts';
import { requireEntry } from './commit.ts';
import { type Deleted, deleteObject } from './delete.ts';
import { admitAndValidate, type Registry } from './registry.ts';
import { guaranteedUpdate } from './update.ts';

/**
 * Deletes a CustomResourceDefinition as upstream does: the first request marks it, its objects are deleted after that, and it goes when none is left.
 * Follows apiextensions-apiserver/pkg/registry/customresourcedefinition/etcd.go.
 */
export async function deleteDefinition(registry: Registry, call: Call, name: string, options: DeleteOptions): Promise<Deleted> {
  const entry = await requireEntry(registry, call, name);
  checkPreconditions(call, entry, options);
  if (entry.object.metadata.deletionTimestamp !== undefined) return await deleteObject(registry, call, name, options);
  await admitAndValidate(registry, call, { operation: 'DELETE', name, oldObject: entry.object });
  const now = rfc3339(registry.clock.now());
  const updated = await guaranteedUpdate(registry, call, name, (live) => terminating(live as CustomResourceDefinition, now), {
    mayCreate: false,
    isTracked: true,
    skipsAdmission: true,
    marksDeletion: true,
    strategy: { prepareForUpdate: () => {} },
    uid: entry.object.metadata.uid,
  });
  return { entry: updated.entry, isGone: false };
}

function checkPreconditions(call: Call, { name, object, revision }: Entry, { preconditions }: DeleteOptions): void {
  const check = (field: string, wanted: string | undefined, actual: string): void => {
    if (wanted === undefined || wanted === actual) return;
    throw newConflict(resourceName(call), name, `Precondition failed: ${field} in precondition: ${wanted}, ${field} in object meta: ${actual}`);
  };
  check('UID', preconditions?.uid, object.metadata.uid ?? '');
  check('ResourceVersion', preconditions?.resourceVersion, String(revision));
}

function terminating(live: CustomResourceDefinition, now: string): KubeObject {
  const finalizers = [...new Set([...(live.metadata.finalizers ?? []), CLEANUP_FINALIZER])];
  const condition = {
    type: 'Terminating',
    status: 'True',
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  };
  const status = { ...live.status, conditions: withCondition(live.status?.conditions ?? [], condition, now) };
  return { ...live, metadata: { ...live.metadata, deletionTimestamp: live.metadata.deletionTimestamp ?? now, finalizers }, status } as KubeObject;
}
