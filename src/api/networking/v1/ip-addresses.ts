import type { IPAddress } from '#api/types/networking-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { nameIsIpAddress, validateIpAddress, validateIpAddressUpdate } from './ip-address-validation.ts';

/** The definition of IPAddress. */
export const ipAddresses: ResourceDefinition<IPAddress> = defineResource<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'ipaddresses',
  singular: 'ipaddress',
  kind: 'IPAddress',
  listKind: 'IPAddressList',
  namespaced: false,
  shortNames: ['ip'],
  verbs: ALL_VERBS,
  storage: 'ipaddresses',
  schema: { groupVersion: 'networking/v1', struct: 'IPAddress' },
  validateName: nameIsIpAddress,
  validate: validateIpAddress,
  validateUpdate: validateIpAddressUpdate,
  revalidatesMetadata: true,
  columns: [
    nameColumn(),
    column('ParentRef', 'string', 'IPAddressSpec.parentRef', ({ spec }) => {
      const parent = spec?.parentRef;
      if (!parent) return '<none>';
      const resource = (parent.group ? `${parent.resource}.${parent.group}` : parent.resource).toLowerCase();
      return [resource, ...(parent.namespace ? [parent.namespace] : []), parent.name].join('/');
    }),
    ageColumn(),
  ],
});
