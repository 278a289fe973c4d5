import type { ValidatingAdmissionPolicyBinding } from '#api/types/admissionregistration-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { paramText } from './param-ref.ts';
import { validateValidatingBinding } from './validating-policy-validation.ts';
import { staticNameWarnings } from './static-name.ts';
import { defaultMatchResources, defaultParamRef } from './defaults.ts';

/** The definition of ValidatingAdmissionPolicyBinding. */
export const validatingAdmissionPolicyBindings: ResourceDefinition<ValidatingAdmissionPolicyBinding> = defineResource<ValidatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'validatingadmissionpolicybindings',
  singular: 'validatingadmissionpolicybinding',
  kind: 'ValidatingAdmissionPolicyBinding',
  listKind: 'ValidatingAdmissionPolicyBindingList',
  namespaced: false,
  categories: ['api-extensions'],
  verbs: ALL_VERBS,
  storage: 'validatingadmissionpolicybindings',
  schema: { groupVersion: 'admissionregistration/v1', struct: 'ValidatingAdmissionPolicyBinding' },
  requiresResourceVersion: true,
  hasGeneration: true,
  validate: validateValidatingBinding,
  revalidatesMetadata: true,
  warnings: staticNameWarnings,
  columns: [
    nameColumn(),
    column(
      'PolicyName',
      'string',
      { text: 'PolicyName indicates the policy definition which the policy binding binded to' },
      ({ spec }) => spec?.policyName ?? '',
    ),
    column('ParamRef', 'string', { text: 'ParamRef indicates the param resource which sets the configration param' }, ({ spec }) => paramText(spec?.paramRef)),
    ageColumn(),
  ],
  defaults: ({ spec }) => {
    defaultMatchResources(spec?.matchResources);
    defaultParamRef(spec?.paramRef);
  },
});
