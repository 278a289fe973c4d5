import type { VolumeAttributesClass } from '#api/types/storage-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { isDefaultAttributesClass } from '../../printing/storage.ts';
import { validateVolumeAttributesClass, validateVolumeAttributesClassUpdate } from './storage-class-validation.ts';

/** The definition of VolumeAttributesClass. */
export const volumeAttributesClasses: ResourceDefinition<VolumeAttributesClass> = defineResource<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  plural: 'volumeattributesclasses',
  singular: 'volumeattributesclass',
  kind: 'VolumeAttributesClass',
  listKind: 'VolumeAttributesClassList',
  namespaced: false,
  shortNames: ['vac'],
  verbs: ALL_VERBS,
  storage: 'volumeattributesclasses',
  schema: { groupVersion: 'storage/v1', struct: 'VolumeAttributesClass' },
  validate: validateVolumeAttributesClass,
  validateUpdate: validateVolumeAttributesClassUpdate,
  revalidatesMetadata: true,
  columns: [
    nameColumn((object) => `${object.metadata.name ?? ''}${isDefaultAttributesClass(object.metadata) ? ' (default)' : ''}`),
    column('DriverName', 'string', 'VolumeAttributesClass.driverName', (object) => object.driverName),
    ageColumn(),
  ],
});
