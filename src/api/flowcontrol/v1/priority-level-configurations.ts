import type { PriorityLevelConfiguration } from '#api/types/flowcontrol-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of PriorityLevelConfiguration. */
export const priorityLevelConfigurations: ResourceDefinition<PriorityLevelConfiguration> = defineResource<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  plural: 'prioritylevelconfigurations',
  singular: 'prioritylevelconfiguration',
  kind: 'PriorityLevelConfiguration',
  listKind: 'PriorityLevelConfigurationList',
  namespaced: false,
  verbs: ALL_VERBS,
  storage: 'prioritylevelconfigurations',
  schema: { groupVersion: 'flowcontrol/v1', struct: 'PriorityLevelConfiguration' },
  subresources: {
    status: {},
  },
});
