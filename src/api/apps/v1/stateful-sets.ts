import type { StatefulSet } from '#api/types/apps-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { workloadScale } from '../../workload/scale.ts';
import { ageColumn, column, containerColumns, nameColumn } from '../../printing/columns.ts';
import { defaultPodTemplate } from '../../core/v1/pod/defaults.ts';
import { defaultClaim } from '../../core/v1/claim-defaults.ts';
import { validateStatefulSet, validateStatefulSetUpdate } from './validation.ts';

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
  prepareForCreate: (object) => {
    object.status = { replicas: 0 };
  },
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  columns: [
    nameColumn(),
    column('Ready', 'string', { text: 'Number of the pod with ready state' }, ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
    ageColumn(),
    ...containerColumns<StatefulSet>(({ spec }) => spec.template.spec?.containers),
  ],
  defaults: ({ spec }) => {
    spec.template ??= {};
    defaultPodTemplate(spec.template);
    spec.podManagementPolicy ||= 'OrderedReady';
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= 'RollingUpdate';
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.partition ??= 0;
    }
    spec.persistentVolumeClaimRetentionPolicy ??= {};
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    for (const claim of spec.volumeClaimTemplates ?? []) {
      claim.apiVersion = 'v1';
      claim.kind = 'PersistentVolumeClaim';
      defaultClaim(claim);
    }
  },
  subresources: {
    status: {},
    scale: workloadScale(),
  },
});
