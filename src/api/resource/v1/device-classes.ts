import type { DeviceClass } from '#api/types/resource-v1';
import { isUpdate } from '../../machinery/is-update.ts';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, nameColumn } from '../../printing/columns.ts';
import { loadSelectorsOfClass } from './selector-expression.ts';
import { validateDeviceClass } from './class-validation.ts';

/** The definition of DeviceClass. */
export const deviceClasses: ResourceDefinition<DeviceClass> = defineResource<DeviceClass>({
  group: 'resource.k8s.io',
  version: 'v1',
  plural: 'deviceclasses',
  singular: 'deviceclass',
  kind: 'DeviceClass',
  listKind: 'DeviceClassList',
  namespaced: false,
  verbs: ALL_VERBS,
  storage: 'deviceclasses',
  schema: { groupVersion: 'resource/v1', struct: 'DeviceClass' },
  hasGeneration: true,
  load: loadSelectorsOfClass,
  validate: (deviceClass) => (isUpdate(deviceClass) ? [] : validateDeviceClass(deviceClass)),
  validateUpdate: (deviceClass, old) => validateDeviceClass(deviceClass, old),
  columns: [nameColumn(), ageColumn()],
});
