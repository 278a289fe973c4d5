import type { NetworkPolicy } from '#api/types/networking-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { formatSelector } from '../../workload/scale.ts';
import { isUpdate } from '../../machinery/is-update.ts';
import { networkPolicyWarnings, validateNetworkPolicy, validateNetworkPolicyUpdate } from './network-policy-validation.ts';

/** The definition of NetworkPolicy. */
export const networkPolicies: ResourceDefinition<NetworkPolicy> = defineResource<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'networkpolicies',
  singular: 'networkpolicy',
  kind: 'NetworkPolicy',
  listKind: 'NetworkPolicyList',
  namespaced: true,
  errorGroup: 'extensions',
  shortNames: ['netpol'],
  verbs: ALL_VERBS,
  storage: 'networkpolicies',
  schema: { groupVersion: 'networking/v1', struct: 'NetworkPolicy' },
  hasGeneration: true,
  validate: (policy) => (isUpdate(policy) ? [] : validateNetworkPolicy(policy)),
  validateUpdate: validateNetworkPolicyUpdate,
  warnings: (policy) => networkPolicyWarnings(policy),
  columns: [
    nameColumn(),
    column('Pod-Selector', 'string', 'NetworkPolicySpec.podSelector', ({ spec }) => formatSelector(spec?.podSelector) || '<none>'),
    ageColumn(),
  ],
  defaults: (policy) => {
    policy.spec ??= { podSelector: {} };
    const { spec } = policy;
    spec.podSelector ??= {};
    for (const { ports } of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of ports ?? []) port.protocol ??= 'TCP';
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
  },
});
