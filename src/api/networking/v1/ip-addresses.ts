import type { IPAddress } from '#api/types/networking-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

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
});
