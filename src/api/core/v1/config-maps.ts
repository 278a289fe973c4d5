import type { ConfigMap } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { validateConfigData, validateConfigUpdate } from './config-data.ts';

/** The definition of ConfigMap. */
export const configMaps: ResourceDefinition<ConfigMap> = defineResource<ConfigMap>({
  group: '',
  version: 'v1',
  plural: 'configmaps',
  singular: 'configmap',
  kind: 'ConfigMap',
  listKind: 'ConfigMapList',
  namespaced: true,
  shortNames: ['cm'],
  verbs: ALL_VERBS,
  storage: 'configmaps',
  schema: { groupVersion: 'core/v1', struct: 'ConfigMap' },
  validate: (object) => validateConfigData(object, false),
  validateUpdate: (object, old) => [...validateConfigUpdate(object, old), ...validateConfigData(object, false)],
  validatesUpdatesWhole: true,
  revalidatesMetadata: true,
  columns: [
    nameColumn(),
    column('Data', 'string', 'ConfigMap.data', ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length),
    ageColumn(),
  ],
});
