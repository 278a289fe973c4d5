import type { ResourceSlice } from '#api/types/resource-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of ResourceSlice. */
export const resourceSlices: ResourceDefinition<ResourceSlice> = defineResource<ResourceSlice>({
  group: 'resource.k8s.io',
  version: 'v1',
  plural: 'resourceslices',
  singular: 'resourceslice',
  kind: 'ResourceSlice',
  listKind: 'ResourceSliceList',
  namespaced: false,
  verbs: ALL_VERBS,
  storage: 'resourceslices',
  schema: { groupVersion: 'resource/v1', struct: 'ResourceSlice' },
});
