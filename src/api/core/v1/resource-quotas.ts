import type { ResourceQuota } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

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
  subresources: {
    status: {},
  },
});
