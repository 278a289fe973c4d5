import type { ResourceClaim } from '#api/types/resource-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { defaultDevices } from './device-defaults.ts';

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
  hasGeneration: false,
  columns: [nameColumn(), column('State', 'string', { text: 'A summary of the current state (allocated, pending, reserved, etc.).' }, stateText), ageColumn()],
  defaults: ({ spec }) => defaultDevices(spec?.devices),
  subresources: {
    status: {},
  },
});

function stateText({ metadata, status }: ResourceClaim): string {
  const states: string[] = [];
  if (metadata.deletionTimestamp) states.push('deleted');
  if (status?.allocation) states.push('allocated');
  else if (!metadata.deletionTimestamp) states.push('pending');
  if (status?.allocation && status.reservedFor?.length) states.push('reserved');
  return states.join(',');
}
