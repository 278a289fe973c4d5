import type { CSIDriver } from '#api/types/storage-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of CSIDriver. */
export const csiDrivers: ResourceDefinition<CSIDriver> = defineResource<CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  plural: 'csidrivers',
  singular: 'csidriver',
  kind: 'CSIDriver',
  listKind: 'CSIDriverList',
  namespaced: false,
  verbs: ALL_VERBS,
  storage: 'csidrivers',
  schema: { groupVersion: 'storage/v1', struct: 'CSIDriver' },
  requiresResourceVersion: true,
});
