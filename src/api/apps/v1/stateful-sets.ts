import type { StatefulSet } from '#api/types/apps-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { workloadScale } from '../../workload/scale.ts';
import { ageColumn, column, containerColumns, nameColumn } from '../../printing/columns.ts';

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
  columns: [
    nameColumn(),
    column('Ready', 'string', { text: 'Number of the pod with ready state' }, ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
    ageColumn(),
    ...containerColumns<StatefulSet>(({ spec }) => spec.template.spec?.containers),
  ],
  subresources: {
    status: {},
    scale: workloadScale(),
  },
});
