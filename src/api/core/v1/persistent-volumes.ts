import type { PersistentVolume } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of PersistentVolume. */
export const persistentVolumes: ResourceDefinition<PersistentVolume> = defineResource<PersistentVolume>({
  group: '',
  version: 'v1',
  plural: 'persistentvolumes',
  singular: 'persistentvolume',
  kind: 'PersistentVolume',
  listKind: 'PersistentVolumeList',
  namespaced: false,
  shortNames: ['pv'],
  verbs: ALL_VERBS,
  storage: 'persistentvolumes',
  schema: { groupVersion: 'core/v1', struct: 'PersistentVolume' },
  subresources: {
    status: {},
  },
});
