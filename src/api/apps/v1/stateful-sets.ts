import type { StatefulSet } from '#api/types/apps-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { workloadScale } from '../../workload/scale.ts';
import { ageColumn, column, containerColumns, nameColumn } from '../../printing/columns.ts';
import { defaultPodTemplate } from '../../core/v1/pod/defaults.ts';
import { defaultClaim } from '../../core/v1/claim-defaults.ts';
import { claimSpecWarnings } from '../../core/v1/claim-warnings.ts';
import { nameIsDnsLabel } from '../../machinery/names.ts';
import { changedTemplateWarnings, prepareTemplate } from '../../workload/templates.ts';
import { validateStatefulSet, validateStatefulSetStatus, validateStatefulSetUpdate } from './validation.ts';

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
    object.status = { replicas: 0, availableReplicas: 0 };
    prepareTemplate(object);
    dropMaxUnavailable(object, undefined);
  },
  prepareForUpdate: (object, old) => {
    prepareTemplate(object, old);
    dropMaxUnavailable(object, old);
  },
  validateName: nameIsDnsLabel,
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  validatesUpdatesWhole: true,
  warnings: statefulWarnings,
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
    status: { validateUpdate: validateStatefulSetStatus },
    scale: workloadScale(),
  },
});

/** How many may be missing during a rollout is off by default in 1.36 (MaxUnavailableStatefulSet). */
function dropMaxUnavailable({ spec }: StatefulSet, old: StatefulSet | undefined): void {
  const rollout = spec.updateStrategy?.rollingUpdate;
  if (rollout && old?.spec.updateStrategy?.rollingUpdate?.maxUnavailable === undefined) delete rollout.maxUnavailable;
}

function statefulWarnings(object: StatefulSet, old: StatefulSet | undefined): string[] {
  if (old && old.metadata.generation === object.metadata.generation) return [];
  const warnings = changedTemplateWarnings(object, undefined);
  for (const [i, { spec }] of (object.spec.volumeClaimTemplates ?? []).entries()) {
    // Upstream's path has a capital here.
    if (spec) warnings.push(...claimSpecWarnings(spec, `spec.volumeClaimTemplates[${i}].Spec`));
  }
  if ((object.spec.revisionHistoryLimit ?? 0) < 0)
    warnings.push('spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended');
  return warnings;
}
