import type { VolumeAttachment } from '#api/types/storage-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

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
  subresources: {
    status: {},
  },
});
