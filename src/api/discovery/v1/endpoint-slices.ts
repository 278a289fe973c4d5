import type { EndpointSlice } from '#api/types/discovery-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of EndpointSlice. */
export const endpointSlices: ResourceDefinition<EndpointSlice> = defineResource<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  singular: 'endpointslice',
  kind: 'EndpointSlice',
  listKind: 'EndpointSliceList',
  namespaced: true,
  verbs: ALL_VERBS,
  storage: 'endpointslices',
  schema: { groupVersion: 'discovery/v1', struct: 'EndpointSlice' },
});
