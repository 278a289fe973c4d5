import type { CSIStorageCapacity } from '#api/types/storage-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { defaultColumns } from '../../printing/columns.ts';
import { isUpdate } from '../../machinery/is-update.ts';
import { nodeSelectorWarnings } from './topology-warnings.ts';
import { validateCsiStorageCapacity, validateCsiStorageCapacityUpdate } from './csi-storage-capacity-validation.ts';

/** The definition of CSIStorageCapacity. */
export const csiStorageCapacities: ResourceDefinition<CSIStorageCapacity> = defineResource<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  version: 'v1',
  plural: 'csistoragecapacities',
  singular: 'csistoragecapacity',
  kind: 'CSIStorageCapacity',
  listKind: 'CSIStorageCapacityList',
  namespaced: true,
  verbs: ALL_VERBS,
  storage: 'csistoragecapacities',
  schema: { groupVersion: 'storage/v1', struct: 'CSIStorageCapacity' },
  requiresResourceVersion: true,
  validate: (object) => (isUpdate(object) ? [] : validateCsiStorageCapacity(object)),
  validateUpdate: validateCsiStorageCapacityUpdate,
  revalidatesMetadata: true,
  warnings: ({ nodeTopology }) => nodeSelectorWarnings(nodeTopology, 'nodeTopology'),
  // Upstream's printer of this kind is not asked.
  columns: [...defaultColumns],
});
