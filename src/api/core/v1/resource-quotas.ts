import type { ResourceQuota } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { validateResourceQuota, validateResourceQuotaStatus, validateResourceQuotaUpdate } from './resource-quota-validation.ts';
import { defaultResourceList } from './resource-list.ts';

/** The definition of ResourceQuota. */
export const resourceQuotas: ResourceDefinition<ResourceQuota> = defineResource<ResourceQuota>({
  group: '',
  version: 'v1',
  plural: 'resourcequotas',
  singular: 'resourcequota',
  kind: 'ResourceQuota',
  listKind: 'ResourceQuotaList',
  namespaced: true,
  shortNames: ['quota'],
  verbs: ALL_VERBS,
  storage: 'resourcequotas',
  schema: { groupVersion: 'core/v1', struct: 'ResourceQuota' },
  hasGeneration: false,
  validate: validateResourceQuota,
  validateUpdate: validateResourceQuotaUpdate,
  columns: [
    nameColumn(),
    column('Request', 'string', { text: 'Request represents a minimum amount of cpu/memory that a container may consume.' }, (quota) =>
      usage(quota, (resource) => !resource.startsWith('limits.')),
    ),
    column(
      'Limit',
      'string',
      { text: 'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.' },
      (quota) => usage(quota, (resource) => resource.startsWith('limits.')),
    ),
    ageColumn(),
  ],
  defaults: (quota) => {
    quota.spec ??= {};
    for (const list of [quota.spec.hard, quota.status?.hard, quota.status?.used]) if (list) defaultResourceList(list);
  },
  subresources: {
    status: { validateUpdate: validateResourceQuotaStatus },
  },
});

/** `cpu: 1/2, pods: 3/10` for the resources that `isShown`, in order. */
function usage({ status }: ResourceQuota, isShown: (resource: string) => boolean): string {
  const resources = Object.keys(status?.hard ?? {}).filter(isShown);
  return resources
    .sort()
    .map((resource) => `${resource}: ${status?.used?.[resource] ?? '0'}/${status?.hard?.[resource] ?? '0'}`)
    .join(', ');
}
