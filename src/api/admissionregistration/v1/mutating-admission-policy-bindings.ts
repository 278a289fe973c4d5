import type { MutatingAdmissionPolicyBinding } from '#api/types/admissionregistration-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

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
});
