import type { APIService } from './types.ts';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { nameIsPathSegment } from '../../machinery/names.ts';

/** The definition of APIService. */
export const apiServices: ResourceDefinition<APIService> = defineResource<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  plural: 'apiservices',
  singular: 'apiservice',
  kind: 'APIService',
  listKind: 'APIServiceList',
  namespaced: false,
  categories: ['api-extensions'],
  verbs: ALL_VERBS,
  storage: 'apiregistration.k8s.io/apiservices',
  schema: { groupVersion: 'apiregistration/v1', struct: 'APIService' },
  requiresResourceVersion: true,
  hasGeneration: false,
  // `v1.` is the core group's.
  validateName: nameIsPathSegment,
  columns: [
    nameColumn(),
    column('Service', 'string', { text: 'The reference to the service that hosts this API endpoint.' }, ({ spec }) =>
      spec.service ? `${spec.service.namespace ?? ''}/${spec.service.name ?? ''}` : 'Local',
    ),
    column('Available', 'string', { text: 'Whether this service is available.' }, availableText),
    ageColumn(),
  ],
  defaults: ({ spec }) => {
    if (spec?.service) spec.service.port ??= 443;
  },
  subresources: {
    status: {},
  },
});

/** `True`, or `False (reason)`. */
function availableText({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Available');
  if (!condition) return 'Unknown';
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? ''})`;
}
