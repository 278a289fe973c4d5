import { type KubeObject, newConflict, newNotFound, resourceQuotas } from '#api';
import type { ResourceQuota } from '#api/types/core-v1';
import type { Call } from './call.ts';
import type { Registry } from './registry.ts';
import { guaranteedUpdate } from './update.ts';

type Quota = ResourceQuota & KubeObject;

/** Stores the status of a quota that is still as it was, as the API server's own write; throws Conflict or NotFound otherwise. */
export async function writeQuotaStatus(registry: Registry, quota: Quota): Promise<Quota> {
  const { name = '', namespace = '', resourceVersion, uid } = quota.metadata;
  const cache = registry.caches.cacheOf(resourceQuotas);
  if (!cache) throw newNotFound(resourceQuotas, name);
  const call: Call = {
    definition: resourceQuotas,
    served: { ...resourceQuotas },
    cache,
    user: { username: 'system:apiserver', groups: ['system:masters'] },
    namespace,
    subresource: 'status',
    isDryRun: false,
    fieldManager: 'kube-apiserver',
    fieldValidation: 'Ignore',
    warnings: [],
  };
  const change = (live: KubeObject | undefined): KubeObject => {
    if (!live || live.metadata.uid !== uid || live.metadata.resourceVersion !== resourceVersion) {
      throw newConflict(resourceQuotas, name, 'the quota was changed meanwhile');
    }
    return { ...live, metadata: { ...live.metadata }, status: quota.status } as KubeObject;
  };
  const { entry } = await guaranteedUpdate(registry, call, name, change, { mayCreate: false, skipsAdmission: true, strategy: {} });
  return entry.object as Quota;
}
