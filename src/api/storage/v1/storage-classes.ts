import type { StorageClass } from '#api/types/storage-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of StorageClass. */
export const storageClasses: ResourceDefinition<StorageClass> = defineResource<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  plural: 'storageclasses',
  singular: 'storageclass',
  kind: 'StorageClass',
  listKind: 'StorageClassList',
  namespaced: false,
  shortNames: ['sc'],
  verbs: ALL_VERBS,
  storage: 'storageclasses',
  schema: { groupVersion: 'storage/v1', struct: 'StorageClass' },
});
