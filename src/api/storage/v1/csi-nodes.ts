import type { CSINode } from '#api/types/storage-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of CSINode. */
export const csiNodes: ResourceDefinition<CSINode> = defineResource<CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  plural: 'csinodes',
  singular: 'csinode',
  kind: 'CSINode',
  listKind: 'CSINodeList',
  namespaced: false,
  verbs: ALL_VERBS,
  storage: 'csinodes',
  schema: { groupVersion: 'storage/v1', struct: 'CSINode' },
  requiresResourceVersion: true,
});
