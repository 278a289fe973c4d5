import type { ResourceClaim } from '#api/types/resource-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of ResourceClaim. */
export const resourceClaims: ResourceDefinition<ResourceClaim> = defineResource<ResourceClaim>({
  group: 'resource.k8s.io',
  version: 'v1',
  plural: 'resourceclaims',
  singular: 'resourceclaim',
  kind: 'ResourceClaim',
  listKind: 'ResourceClaimList',
  namespaced: true,
  verbs: ALL_VERBS,
  storage: 'resourceclaims',
  schema: { groupVersion: 'resource/v1', struct: 'ResourceClaim' },
  subresources: {
    status: {},
  },
});
