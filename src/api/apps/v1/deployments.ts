import type { Deployment } from '#api/types/apps-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { formatSelector, workloadScale } from '../../workload/scale.ts';
import { ageColumn, column, containerColumns, nameColumn, wideColumn } from '../../printing/columns.ts';
import { defaultPodTemplate } from '../../core/v1/pod/defaults.ts';

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
    status: {},
    scale: workloadScale(),
  },
});
