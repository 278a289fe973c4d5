import type { PriorityClass } from '#api/types/scheduling-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of PriorityClass. */
export const priorityClasses: ResourceDefinition<PriorityClass> = defineResource<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  plural: 'priorityclasses',
  singular: 'priorityclass',
  kind: 'PriorityClass',
  listKind: 'PriorityClassList',
  namespaced: false,
  shortNames: ['pc'],
  verbs: ALL_VERBS,
  storage: 'priorityclasses',
  schema: { groupVersion: 'scheduling/v1', struct: 'PriorityClass' },
});
