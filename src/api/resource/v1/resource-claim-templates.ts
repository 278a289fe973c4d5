import type { ResourceClaimTemplate } from '#api/types/resource-v1';
import { isUpdate } from '../../machinery/is-update.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, nameColumn } from '../../printing/columns.ts';
import { loadSelectorsOfClaim } from './selector-expression.ts';
import { validateClaimTemplateSpec } from './claim-validation.ts';
import { defaultDevices } from './device-defaults.ts';

/** The definition of ResourceClaimTemplate. */
export const resourceClaimTemplates: ResourceDefinition<ResourceClaimTemplate> = defineResource<ResourceClaimTemplate>({
  group: 'resource.k8s.io',
  version: 'v1',
  plural: 'resourceclaimtemplates',
  singular: 'resourceclaimtemplate',
  kind: 'ResourceClaimTemplate',
  listKind: 'ResourceClaimTemplateList',
  namespaced: true,
  verbs: ALL_VERBS,
  storage: 'resourceclaimtemplates',
  schema: { groupVersion: 'resource/v1', struct: 'ResourceClaimTemplate' },
  load: ({ spec }) => loadSelectorsOfClaim(spec?.spec),
  validate: (template) => (isUpdate(template) ? [] : validateClaimTemplateSpec(template.spec)),
  validateUpdate: (template, old) => validateImmutable(template.spec, old.spec, 'spec', { groupVersion: 'resource/v1', struct: 'ResourceClaimTemplateSpec' }),
  columns: [nameColumn(), ageColumn()],
  defaults: ({ spec }) => defaultDevices(spec?.spec?.devices),
});
