import type { ConfigMap } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

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
});
