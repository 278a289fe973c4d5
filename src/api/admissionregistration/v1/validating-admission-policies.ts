import type { ValidatingAdmissionPolicy } from '#api/types/admissionregistration-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { isUpdate } from '../../machinery/is-update.ts';
import { keepMetadata } from '../../machinery/status-metadata.ts';
import { validatePolicyStatus, validateValidatingPolicy } from './validating-policy-validation.ts';
import { loadExpressions } from './expressions.ts';
import { staticNameWarnings } from './static-name.ts';
import { defaultMatchResources } from './defaults.ts';

/** The definition of ValidatingAdmissionPolicy. */
export const validatingAdmissionPolicies: ResourceDefinition<ValidatingAdmissionPolicy> = defineResource<ValidatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'validatingadmissionpolicies',
  singular: 'validatingadmissionpolicy',
  kind: 'ValidatingAdmissionPolicy',
  listKind: 'ValidatingAdmissionPolicyList',
  namespaced: false,
  categories: ['api-extensions'],
  verbs: ALL_VERBS,
  storage: 'validatingadmissionpolicies',
  schema: { groupVersion: 'admissionregistration/v1', struct: 'ValidatingAdmissionPolicy' },
  requiresResourceVersion: true,
  load: loadExpressions,
  validate: (policy) => (isUpdate(policy) ? [] : validateValidatingPolicy(policy)),
  validateUpdate: (policy, old) => validateValidatingPolicy(policy, old),
  revalidatesMetadata: true,
  warnings: staticNameWarnings,
  columns: [
    nameColumn(),
    column(
      'Validations',
      'integer',
      { text: 'Validations indicates the number of validation rules defined in this configuration' },
      ({ spec }) => spec?.validations?.length ?? 0,
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
  subresources: {
    status: { prepareForUpdate: keepMetadata, validateUpdate: ({ status }) => validatePolicyStatus(status) },
  },
});
