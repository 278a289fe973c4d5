import type { PodDisruptionBudget } from '#api/types/policy-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of PodDisruptionBudget. */
export const podDisruptionBudgets: ResourceDefinition<PodDisruptionBudget> = defineResource<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  plural: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  kind: 'PodDisruptionBudget',
  listKind: 'PodDisruptionBudgetList',
  namespaced: true,
  shortNames: ['pdb'],
  verbs: ALL_VERBS,
  storage: 'poddisruptionbudgets',
  schema: { groupVersion: 'policy/v1', struct: 'PodDisruptionBudget' },
  requiresResourceVersion: true,
  subresources: {
    status: {},
  },
});
