import type { APIService, APIServiceCondition } from './types.ts';
import { rfc3339 } from '#lib';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { keepMetadata } from '../../machinery/status-metadata.ts';
import { validateApiService, validateApiServiceStatus } from './api-service-validation.ts';
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
  validate: validateApiService,
  revalidatesMetadata: true,
  prepareForCreate: (service, { clock }) => {
    service.status = service.spec.service ? {} : { conditions: [localCondition(rfc3339(clock.now()))] };
  },
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
    status: { prepareForUpdate: keepMetadata, validateUpdate: validateApiServiceStatus },
  },
});

/** What this server serves itself is there. */
function localCondition(lastTransitionTime: string): APIServiceCondition {
  return { type: 'Available', status: 'True', lastTransitionTime, reason: 'Local', message: 'Local APIServices are always available' };
}

/** `True`, or `False (reason)`. */
function availableText({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Available');
  if (!condition) return 'Unknown';
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? ''})`;
}
