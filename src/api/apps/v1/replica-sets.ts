import type { ReplicaSet } from '#api/types/apps-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { workloadScale } from '../../workload/scale.ts';

/** The definition of ReplicaSet. */
export const replicaSets: ResourceDefinition<ReplicaSet> = defineResource<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  plural: 'replicasets',
  singular: 'replicaset',
  kind: 'ReplicaSet',
  listKind: 'ReplicaSetList',
  namespaced: true,
  shortNames: ['rs'],
  categories: ['all'],
  verbs: ALL_VERBS,
  storage: 'replicasets',
  schema: { groupVersion: 'apps/v1', struct: 'ReplicaSet' },
  subresources: {
    status: {},
    scale: workloadScale(),
  },
});
