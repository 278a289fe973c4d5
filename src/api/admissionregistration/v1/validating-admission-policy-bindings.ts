import type { ValidatingAdmissionPolicyBinding } from '#api/types/admissionregistration-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

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
});
