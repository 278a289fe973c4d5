import type { StatefulSet } from '#api/types/apps-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { workloadScale } from '../../workload/scale.ts';

/** The definition of StatefulSet. */
export const statefulSets: ResourceDefinition<StatefulSet> = defineResource<StatefulSet>({
  group: 'apps',
  version: 'v1',
  plural: 'statefulsets',
  singular: 'statefulset',
  kind: 'StatefulSet',
  listKind: 'StatefulSetList',
  namespaced: true,
  shortNames: ['sts'],
  categories: ['all'],
  verbs: ALL_VERBS,
  storage: 'statefulsets',
  schema: { groupVersion: 'apps/v1', struct: 'StatefulSet' },
  subresources: {
    status: {},
    scale: workloadScale(),
  },
});
