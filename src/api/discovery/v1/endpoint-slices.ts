import type { EndpointSlice } from '#api/types/discovery-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, listSome, nameColumn } from '../../printing/columns.ts';
import { validateEndpointSlice, validateEndpointSliceUpdate } from './validation.ts';

/** The definition of EndpointSlice. */
export const endpointSlices: ResourceDefinition<EndpointSlice> = defineResource<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  singular: 'endpointslice',
  kind: 'EndpointSlice',
  listKind: 'EndpointSliceList',
  namespaced: true,
  verbs: ALL_VERBS,
  storage: 'endpointslices',
  schema: { groupVersion: 'discovery/v1', struct: 'EndpointSlice' },
  hasGeneration: true,
  validate: validateEndpointSlice,
  validateUpdate: validateEndpointSliceUpdate,
  columns: [
    nameColumn(),
    column('AddressType', 'string', 'EndpointSlice.addressType', (slice) => slice.addressType),
    column('Ports', 'string', 'EndpointSlice.ports', ({ ports }) =>
      listSome(
        (ports ?? []).map(({ port, name }) => String(port ?? name ?? '*')),
        3,
        '<unset>',
      ),
    ),
    column('Endpoints', 'string', 'EndpointSlice.endpoints', ({ endpoints }) =>
      listSome(
        (endpoints ?? []).flatMap(({ addresses }) => addresses),
        3,
        '<unset>',
      ),
    ),
    ageColumn(),
  ],
  defaults: ({ ports }) => {
    for (const port of ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
});
