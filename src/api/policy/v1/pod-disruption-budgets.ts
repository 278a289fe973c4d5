import type { PodDisruptionBudget } from '#api/types/policy-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { validateDisruptionBudget, validateDisruptionStatus } from './validation.ts';

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
  prepareForCreate: (budget) => {
    budget.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  },
  validate: (budget) => validateDisruptionBudget(budget),
  validateUpdate: validateDisruptionBudget,
  validatesUpdatesWhole: true,
  columns: [
    nameColumn(),
    column('Min Available', 'string', { text: 'The minimum number of pods that must be available.' }, ({ spec }) => String(spec?.minAvailable ?? 'N/A')),
    column('Max Unavailable', 'string', { text: 'The maximum number of pods that may be unavailable.' }, ({ spec }) => String(spec?.maxUnavailable ?? 'N/A')),
    column(
      'Allowed Disruptions',
      'integer',
      { text: 'Calculated number of pods that may be disrupted at this time.' },
      ({ status }) => status?.disruptionsAllowed ?? 0,
    ),
    ageColumn(),
  ],
  subresources: {
    status: { validateUpdate: validateDisruptionStatus },
  },
});
