import type { StorageClass } from '#api/types/storage-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { isDefaultClass } from '../../printing/storage.ts';
import { validateStorageClass, validateStorageClassUpdate } from './storage-class-validation.ts';
import { topologyWarnings } from './topology-warnings.ts';

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
  validate: validateStorageClass,
  validateUpdate: validateStorageClassUpdate,
  revalidatesMetadata: true,
  warnings: topologyWarnings,
  columns: [
    nameColumn((object) => `${object.metadata.name ?? ''}${isDefaultClass(object.metadata) ? ' (default)' : ''}`),
    column('Provisioner', 'string', 'StorageClass.provisioner', (object) => object.provisioner),
    column('ReclaimPolicy', 'string', 'StorageClass.reclaimPolicy', (object) => object.reclaimPolicy ?? 'Delete'),
    column('VolumeBindingMode', 'string', 'StorageClass.volumeBindingMode', (object) => object.volumeBindingMode ?? 'Immediate'),
    column('AllowVolumeExpansion', 'string', 'StorageClass.allowVolumeExpansion', (object) => object.allowVolumeExpansion ?? false),
    ageColumn(),
  ],
  defaults: (object) => {
    object.reclaimPolicy ??= 'Delete';
    object.volumeBindingMode ??= 'Immediate';
  },
});
