import type { Deployment } from '#api/types/apps-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { workloadScale } from '../../workload/scale.ts';

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
  subresources: {
    status: {},
    scale: workloadScale(),
  },
});
