import type { Lease } from '#api/types/coordination-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { validateLease } from './lease-validation.ts';

/** The definition of Lease. */
export const leases: ResourceDefinition<Lease> = defineResource<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  singular: 'lease',
  kind: 'Lease',
  listKind: 'LeaseList',
  namespaced: true,
  verbs: ALL_VERBS,
  storage: 'leases',
  schema: { groupVersion: 'coordination/v1', struct: 'Lease' },
  createsOnUpdate: true,
  requiresResourceVersion: true,
  validate: validateLease,
  columns: [nameColumn(), column('Holder', 'string', 'LeaseSpec.holderIdentity', ({ spec }) => spec?.holderIdentity ?? ''), ageColumn()],
});
