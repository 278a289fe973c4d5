import type { ReplicaSet } from '#api/types/apps-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { formatSelector, workloadScale } from '../../workload/scale.ts';
import { ageColumn, column, containerColumns, nameColumn, wideColumn } from '../../printing/columns.ts';
import { defaultPodTemplate } from '../../core/v1/pod/defaults.ts';
import { prepareTemplate, workloadWarnings } from '../../workload/templates.ts';
import { validateReplicaSet, validateReplicaSetStatus, validateReplicaSetUpdate } from './validation.ts';

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
  prepareForCreate: (object) => {
    object.status = { replicas: 0 };
    prepareTemplate(object);
  },
  prepareForUpdate: prepareTemplate,
  validate: (object) => validateReplicaSet(object),
  validateUpdate: validateReplicaSetUpdate,
  validatesUpdatesWhole: true,
  revalidatesMetadata: true,
  warnings: workloadWarnings,
  columns: [
    nameColumn(),
    column('Desired', 'integer', 'ReplicaSetSpec.replicas', ({ spec }) => spec.replicas ?? 0),
    column('Current', 'integer', 'ReplicaSetStatus.replicas', ({ status }) => status?.replicas ?? 0),
    column('Ready', 'integer', 'ReplicaSetStatus.readyReplicas', ({ status }) => status?.readyReplicas ?? 0),
    ageColumn(),
    ...containerColumns<ReplicaSet>(({ spec }) => spec.template?.spec?.containers),
    wideColumn('Selector', 'string', 'ReplicaSetSpec.selector', ({ spec }) => formatSelector(spec.selector) || '<none>'),
  ],
  defaults: ({ spec }) => {
    spec.template ??= {};
    defaultPodTemplate(spec.template);
    spec.replicas ??= 1;
  },
  subresources: {
    status: { validateUpdate: validateReplicaSetStatus },
    scale: workloadScale(),
  },
});
