import type { MutatingAdmissionPolicy } from '#api/types/admissionregistration-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

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
});
