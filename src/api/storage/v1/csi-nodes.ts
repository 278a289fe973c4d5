import type { CSINode } from '#api/types/storage-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { validateCsiNode, validateCsiNodeUpdate } from './csi-node-validation.ts';

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
  validatesUpdatesTwice: true,
  validate: validateCsiNode,
  validateUpdate: validateCsiNodeUpdate,
  columns: [
    nameColumn(),
    column('Drivers', 'integer', { text: 'Drivers indicates the number of CSI drivers registered on the node' }, ({ spec }) => spec.drivers?.length ?? 0),
    ageColumn(),
  ],
});
