import type { MutatingAdmissionPolicy } from '#api/types/admissionregistration-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { isUpdate } from '../../machinery/is-update.ts';
import { validateMutatingPolicy } from './mutating-policy-validation.ts';
import { loadExpressions } from './expressions.ts';
import { staticNameWarnings } from './static-name.ts';
import { defaultMatchResources } from './defaults.ts';

/** The definition of MutatingAdmissionPolicy. */
export const mutatingAdmissionPolicies: ResourceDefinition<MutatingAdmissionPolicy> = defineResource<MutatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'mutatingadmissionpolicies',
  singular: 'mutatingadmissionpolicy',
  kind: 'MutatingAdmissionPolicy',
  listKind: 'MutatingAdmissionPolicyList',
  namespaced: false,
  categories: ['api-extensions'],
  verbs: ALL_VERBS,
  storage: 'mutatingadmissionpolicies',
  schema: { groupVersion: 'admissionregistration/v1', struct: 'MutatingAdmissionPolicy' },
  requiresResourceVersion: true,
  hasGeneration: true,
  load: loadExpressions,
  validate: (policy) => (isUpdate(policy) ? [] : validateMutatingPolicy(policy)),
  validateUpdate: (policy, old) => validateMutatingPolicy(policy, old),
  revalidatesMetadata: true,
  warnings: staticNameWarnings,
  columns: [
    nameColumn(),
    column(
      'Mutations',
      'integer',
      { text: 'Mutation indicates the number of mutations rules defined in this configuration' },
      ({ spec }) => spec?.mutations?.length ?? 0,
    ),
    column('ParamKind', 'string', { text: 'ParamKind specifies the kind of resources used to parameterize this policy' }, ({ spec }) =>
      spec?.paramKind ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : '<unset>',
    ),
    ageColumn(),
  ],
  defaults: ({ spec }) => {
    if (!spec) return;
    spec.failurePolicy ??= 'Fail';
    defaultMatchResources(spec.matchConstraints);
  },
});
