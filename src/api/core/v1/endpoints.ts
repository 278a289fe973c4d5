import type { Endpoints } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

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
  verbs: ALL_VERBS,
  storage: 'services/endpoints',
  schema: { groupVersion: 'core/v1', struct: 'Endpoints' },
  createsOnUpdate: true,
});
