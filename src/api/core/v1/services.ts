import type { Service } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of Service. */
export const services: ResourceDefinition<Service> = defineResource<Service>({
  group: '',
  version: 'v1',
  plural: 'services',
  singular: 'service',
  kind: 'Service',
  listKind: 'ServiceList',
  namespaced: true,
  shortNames: ['svc'],
  categories: ['all'],
  verbs: ALL_VERBS,
  storage: 'services/specs',
  schema: { groupVersion: 'core/v1', struct: 'Service' },
  createsOnUpdate: true,
  subresources: {
    status: {},
    special: {
      proxy: { kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    },
  },
});
