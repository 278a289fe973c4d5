import type { EndpointSlice } from '#api/types/discovery-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { ageColumn, column, listSome, nameColumn } from '../../printing/columns.ts';
import { isUpdate } from '../../machinery/is-update.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import { endpointSliceWarnings, validateEndpointSlice, validateEndpointSliceUpdate } from './validation.ts';

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
  validate: (slice) => (isUpdate(slice) ? [] : validateEndpointSlice(slice)),
  validateUpdate: validateEndpointSliceUpdate,
  revalidatesMetadata: true,
  ignoresMetadataChanges: true,
  warnings: (slice) => endpointSliceWarnings(slice),
  prepareForCreate: dropTopology,
  prepareForUpdate: (slice, old) => {
    if (!jsonEqual(plain(slice.endpoints), plain(old.endpoints))) dropTopology(slice);
    // Labels count too, as they say to which Service the slice belongs.
    if (!jsonEqual({ ...slice.metadata.labels }, { ...old.metadata.labels })) slice.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
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

/** Of old versions' topology v1 knows only the node and the zone, which have fields. */
function dropTopology({ endpoints }: EndpointSlice): void {
  for (const endpoint of endpoints ?? []) delete endpoint.deprecatedTopology;
}
function plain(value: unknown): JsonValue {
  return (value ?? null) as JsonValue;
}
