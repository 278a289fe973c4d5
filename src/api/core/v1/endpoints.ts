import type { Endpoints } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, listSome, nameColumn } from '../../printing/columns.ts';
import { endpointsWarnings, validateEndpoints } from './endpoints-validation.ts';

/** The definition of Endpoints. */
export const endpoints: ResourceDefinition<Endpoints> = defineResource<Endpoints>({
  group: '',
  version: 'v1',
  plural: 'endpoints',
  singular: 'endpoints',
  kind: 'Endpoints',
  listKind: 'EndpointsList',
  namespaced: true,
  shortNames: ['ep'],
  deprecationWarning: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  verbs: ALL_VERBS,
  storage: 'services/endpoints',
  schema: { groupVersion: 'core/v1', struct: 'Endpoints' },
  createsOnUpdate: true,
  validate: (object) => validateEndpoints(object),
  validateUpdate: validateEndpoints,
  validatesUpdatesWhole: true,
  revalidatesMetadata: true,
  warnings: endpointsWarnings,
  columns: [nameColumn(), column('Endpoints', 'string', 'Endpoints.subsets', formatEndpoints), ageColumn()],
  defaults: ({ subsets }) => {
    for (const { ports } of subsets ?? []) for (const port of ports ?? []) port.protocol ||= 'TCP';
  },
});

/** The first three addresses with their ports. */
function formatEndpoints({ subsets }: Endpoints): string {
  if (!subsets?.length) return '<none>';
  const texts = subsets.flatMap(({ addresses = [], ports }) => {
    if (!ports?.length) return addresses.map(({ ip }) => ip);
    return ports.flatMap(({ port }) => addresses.map(({ ip }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)));
  });
  return listSome(texts, 3, '');
}
