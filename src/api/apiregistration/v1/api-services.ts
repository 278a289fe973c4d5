import type { APIService } from './types.ts';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of APIService. */
export const apiServices: ResourceDefinition<APIService> = defineResource<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  plural: 'apiservices',
  singular: 'apiservice',
  kind: 'APIService',
  listKind: 'APIServiceList',
  namespaced: false,
  categories: ['api-extensions'],
  verbs: ALL_VERBS,
  storage: 'apiregistration.k8s.io/apiservices',
  schema: { groupVersion: 'apiregistration/v1', struct: 'APIService' },
  requiresResourceVersion: true,
  subresources: {
    status: {},
  },
});
