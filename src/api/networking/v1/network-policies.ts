import type { NetworkPolicy } from '#api/types/networking-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of NetworkPolicy. */
export const networkPolicies: ResourceDefinition<NetworkPolicy> = defineResource<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'networkpolicies',
  singular: 'networkpolicy',
  kind: 'NetworkPolicy',
  listKind: 'NetworkPolicyList',
  namespaced: true,
  shortNames: ['netpol'],
  verbs: ALL_VERBS,
  storage: 'networkpolicies',
  schema: { groupVersion: 'networking/v1', struct: 'NetworkPolicy' },
});
