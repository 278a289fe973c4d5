import type { DaemonSet } from '#api/types/apps-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of DaemonSet. */
export const daemonSets: ResourceDefinition<DaemonSet> = defineResource<DaemonSet>({
  group: 'apps',
  version: 'v1',
  plural: 'daemonsets',
  singular: 'daemonset',
  kind: 'DaemonSet',
  listKind: 'DaemonSetList',
  namespaced: true,
  shortNames: ['ds'],
  categories: ['all'],
  verbs: ALL_VERBS,
  storage: 'daemonsets',
  schema: { groupVersion: 'apps/v1', struct: 'DaemonSet' },
  subresources: {
    status: {},
  },
});
