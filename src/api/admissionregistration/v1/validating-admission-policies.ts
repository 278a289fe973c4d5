import type { ValidatingAdmissionPolicy } from '#api/types/admissionregistration-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

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
  subresources: {
    status: {},
  },
});
