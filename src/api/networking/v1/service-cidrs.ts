import type { ServiceCIDR } from '#api/types/networking-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { isUpdate } from '../../machinery/is-update.ts';
import { keepMetadata } from '../../machinery/status-metadata.ts';
import { validateServiceCidr, validateServiceCidrUpdate } from './service-cidr-validation.ts';

/** The definition of ServiceCIDR. */
export const serviceCidrs: ResourceDefinition<ServiceCIDR> = defineResource<ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'servicecidrs',
  singular: 'servicecidr',
  kind: 'ServiceCIDR',
  listKind: 'ServiceCIDRList',
  namespaced: false,
  verbs: ALL_VERBS,
  storage: 'servicecidrs',
  schema: { groupVersion: 'networking/v1', struct: 'ServiceCIDR' },
  hasGeneration: false,
  validate: (object) => (isUpdate(object) ? [] : validateServiceCidr(object)),
  validateUpdate: validateServiceCidrUpdate,
  columns: [nameColumn(), column('CIDRs', 'string', 'ServiceCIDRSpec.cidrs', ({ spec }) => (spec?.cidrs ?? []).join(',')), ageColumn()],
  subresources: {
    status: { prepareForUpdate: keepMetadata },
  },
});
