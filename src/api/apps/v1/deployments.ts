import type { Deployment } from '#api/types/apps-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { formatSelector, workloadScale } from '../../workload/scale.ts';
import { ageColumn, column, containerColumns, nameColumn, wideColumn } from '../../printing/columns.ts';
import { defaultPodTemplate } from '../../core/v1/pod/defaults.ts';
import type { ObjectMeta } from '#api/types/meta-v1';
import { prepareTemplate, workloadWarnings } from '../../workload/templates.ts';
import { validateDeployment, validateDeploymentStatus, validateDeploymentUpdate } from './validation.ts';

/** The definition of Deployment. */
export const deployments: ResourceDefinition<Deployment> = defineResource<Deployment>({
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  singular: 'deployment',
  kind: 'Deployment',
  listKind: 'DeploymentList',
  namespaced: true,
  shortNames: ['deploy'],
  categories: ['all'],
  verbs: ALL_VERBS,
  storage: 'deployments',
  schema: { groupVersion: 'apps/v1', struct: 'Deployment' },
  prepareForCreate: (object) => {
    object.status = {};
    prepareTemplate(object);
  },
  // Annotations go on to ReplicaSets: a change of theirs is one the controller must see.
  prepareForUpdate: (object, old) => {
    prepareTemplate(object, old);
    const { metadata } = object;
    if (!sameAnnotations(metadata, old.metadata)) metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: (object) => validateDeployment(object),
  validateUpdate: validateDeploymentUpdate,
  validatesUpdatesWhole: true,
  warnings: workloadWarnings,
  columns: [
    nameColumn(),
    column('Ready', 'string', { text: 'Number of the pod with ready state' }, ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
    column('Up-to-date', 'string', 'DeploymentStatus.updatedReplicas', ({ status }) => status?.updatedReplicas ?? 0),
    column('Available', 'string', 'DeploymentStatus.availableReplicas', ({ status }) => status?.availableReplicas ?? 0),
    ageColumn(),
    ...containerColumns<Deployment>(({ spec }) => spec.template.spec?.containers),
    wideColumn('Selector', 'string', 'DeploymentSpec.selector', ({ spec }) => formatSelector(spec.selector)),
  ],
  defaults: ({ spec }) => {
    spec.template ??= {};
    defaultPodTemplate(spec.template);
    spec.replicas ??= 1;
    spec.strategy ??= {};
    spec.strategy.type ||= 'RollingUpdate';
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate ??= {};
      spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
      spec.strategy.rollingUpdate.maxSurge ??= '25%';
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
  },
  subresources: {
    status: { prepareForUpdate: keepLabels, validateUpdate: validateDeploymentStatus },
    scale: workloadScale(),
  },
});

/** Of all workloads only the status of this one leaves the labels alone. */
function keepLabels({ metadata }: Deployment, { metadata: old }: Deployment): void {
  if (old.labels) metadata.labels = old.labels;
  else delete metadata.labels;
}

function sameAnnotations(a: ObjectMeta, b: ObjectMeta): boolean {
  const [left, right] = [a.annotations ?? {}, b.annotations ?? {}];
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}
