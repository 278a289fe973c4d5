import type { MutatingAdmissionPolicyBinding } from '#api/types/admissionregistration-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { paramText } from './param-ref.ts';
import { validateMutatingBinding } from './mutating-policy-validation.ts';
import { staticNameWarnings } from './static-name.ts';
import { defaultMatchResources, defaultParamRef } from './defaults.ts';

/** The definition of MutatingAdmissionPolicyBinding. */
export const mutatingAdmissionPolicyBindings: ResourceDefinition<MutatingAdmissionPolicyBinding> = defineResource<MutatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'mutatingadmissionpolicybindings',
  singular: 'mutatingadmissionpolicybinding',
  kind: 'MutatingAdmissionPolicyBinding',
  listKind: 'MutatingAdmissionPolicyBindingList',
  namespaced: false,
  categories: ['api-extensions'],
  verbs: ALL_VERBS,
  storage: 'mutatingadmissionpolicybindings',
  schema: { groupVersion: 'admissionregistration/v1', struct: 'MutatingAdmissionPolicyBinding' },
  requiresResourceVersion: true,
  hasGeneration: true,
  validate: validateMutatingBinding,
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
