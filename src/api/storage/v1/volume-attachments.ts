import type { VolumeAttachment } from '#api/types/storage-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { isUpdate } from '../../machinery/is-update.ts';
import { keepMetadata } from '../../machinery/status-metadata.ts';
import { validateNewVolumeAttachment, validateVolumeAttachmentUpdate } from './volume-attachment-validation.ts';

/** The definition of VolumeAttachment. */
export const volumeAttachments: ResourceDefinition<VolumeAttachment> = defineResource<VolumeAttachment>({
  group: 'storage.k8s.io',
  version: 'v1',
  plural: 'volumeattachments',
  singular: 'volumeattachment',
  kind: 'VolumeAttachment',
  listKind: 'VolumeAttachmentList',
  namespaced: false,
  verbs: ALL_VERBS,
  storage: 'volumeattachments',
  schema: { groupVersion: 'storage/v1', struct: 'VolumeAttachment' },
  requiresResourceVersion: true,
  hasGeneration: false,
  validate: (object) => (isUpdate(object) ? [] : validateNewVolumeAttachment(object)),
  validateUpdate: validateVolumeAttachmentUpdate,
  revalidatesMetadata: true,
  columns: [
    nameColumn(),
    { ...column<VolumeAttachment>('Attacher', 'string', 'VolumeAttachmentSpec.attacher', ({ spec }) => spec.attacher), format: 'name' },
    column('PV', 'string', 'VolumeAttachmentSource.persistentVolumeName', ({ spec }) => spec.source.persistentVolumeName ?? ''),
    column('Node', 'string', 'VolumeAttachmentSpec.nodeName', ({ spec }) => spec.nodeName),
    column('Attached', 'boolean', 'VolumeAttachmentStatus.attached', ({ status }) => status?.attached ?? false),
    ageColumn(),
  ],
  subresources: {
    status: { prepareForUpdate: keepMetadata, validateUpdate: validateVolumeAttachmentUpdate },
  },
});
