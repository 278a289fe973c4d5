import type { PersistentVolumeClaim } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of PersistentVolumeClaim. */
export const persistentVolumeClaims: ResourceDefinition<PersistentVolumeClaim> = defineResource<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  plural: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  kind: 'PersistentVolumeClaim',
  listKind: 'PersistentVolumeClaimList',
  namespaced: true,
  shortNames: ['pvc'],
  verbs: ALL_VERBS,
  storage: 'persistentvolumeclaims',
  schema: { groupVersion: 'core/v1', struct: 'PersistentVolumeClaim' },
  subresources: {
    status: {},
  },
});
