import type { ResourceClaim } from '#api/types/resource-v1';
import { isUpdate } from '../../machinery/is-update.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { loadSelectorsOfClaim } from './selector-expression.ts';
import { prepareClaimStatus, validateClaimStatus } from './claim-status.ts';
import { validateClaimSpec } from './claim-validation.ts';
import { defaultAllocation, defaultDevices } from './device-defaults.ts';

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
  load: ({ spec }) => loadSelectorsOfClaim(spec),
  validate: (claim) => (isUpdate(claim) ? [] : validateClaimSpec(claim.spec, 'spec')),
  validateUpdate: (claim, old) => validateImmutable(claim.spec, old.spec, 'spec', { groupVersion: 'resource/v1', struct: 'ResourceClaimSpec' }),
  columns: [nameColumn(), column('State', 'string', { text: 'A summary of the current state (allocated, pending, reserved, etc.).' }, stateText), ageColumn()],
  defaults: ({ spec, status }) => {
    defaultDevices(spec?.devices);
    defaultAllocation(status?.allocation);
  },
  subresources: {
    status: { prepareForUpdate: prepareClaimStatus, validateUpdate: validateClaimStatus },
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
