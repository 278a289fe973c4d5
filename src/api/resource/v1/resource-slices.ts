import type { ResourceSlice } from '#api/types/resource-v1';
import { isUpdate } from '../../machinery/is-update.ts';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { prepareDevices } from './slice-strategy.ts';
import { validateResourceSlice } from './slice-validation.ts';

/** The definition of ResourceSlice. */
export const resourceSlices: ResourceDefinition<ResourceSlice> = defineResource<ResourceSlice>({
  group: 'resource.k8s.io',
  version: 'v1',
  plural: 'resourceslices',
  singular: 'resourceslice',
  kind: 'ResourceSlice',
  listKind: 'ResourceSliceList',
  namespaced: false,
  verbs: ALL_VERBS,
  storage: 'resourceslices',
  schema: { groupVersion: 'resource/v1', struct: 'ResourceSlice' },
  hasGeneration: true,
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    'spec.driver': ({ spec }) => spec.driver,
  },
  prepareForCreate: (slice, context) => prepareDevices(slice, undefined, context),
  prepareForUpdate: prepareDevices,
  validate: (slice) => (isUpdate(slice) ? [] : validateResourceSlice(slice)),
  validateUpdate: (slice, old) => validateResourceSlice(slice, old),
  columns: [
    nameColumn(),
    column('Node', 'string', 'ResourceSliceSpec.nodeName', ({ spec }) => spec.nodeName ?? ''),
    column('Driver', 'string', 'ResourceSliceSpec.driver', ({ spec }) => spec.driver),
    column('Pool', 'string', 'ResourcePool.name', ({ spec }) => spec.pool.name),
    ageColumn(),
  ],
});
