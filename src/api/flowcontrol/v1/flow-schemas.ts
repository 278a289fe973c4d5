import type { FlowSchema } from '#api/types/flowcontrol-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { keepMetadata } from '../../machinery/status-metadata.ts';
import { validateConditionTypes, validateFlowSchema } from './flow-schema-validation.ts';

/** The definition of FlowSchema. */
export const flowSchemas: ResourceDefinition<FlowSchema> = defineResource<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  plural: 'flowschemas',
  singular: 'flowschema',
  kind: 'FlowSchema',
  listKind: 'FlowSchemaList',
  namespaced: false,
  verbs: ALL_VERBS,
  storage: 'flowschemas',
  schema: { groupVersion: 'flowcontrol/v1', struct: 'FlowSchema' },
  validate: validateFlowSchema,
  revalidatesMetadata: true,
  columns: [
    nameColumn(),
    column('PriorityLevel', 'string', 'PriorityLevelConfigurationReference.name', ({ spec }) => spec?.priorityLevelConfiguration.name ?? ''),
    column('MatchingPrecedence', 'string', 'FlowSchemaSpec.matchingPrecedence', ({ spec }) => spec?.matchingPrecedence ?? 0),
    column('DistinguisherMethod', 'string', 'FlowSchemaSpec.distinguisherMethod', ({ spec }) => spec?.distinguisherMethod?.type ?? '<none>'),
    ageColumn(),
    column(
      'MissingPL',
      'string',
      { text: 'references a broken or non-existent PriorityLevelConfiguration' },
      ({ status }) => status?.conditions?.find((condition) => condition.type === 'Dangling')?.status ?? '?',
    ),
  ],
  compareRows: (a, b) => (a.spec?.matchingPrecedence ?? 0) - (b.spec?.matchingPrecedence ?? 0),
  defaults: ({ spec }) => {
    if (spec) spec.matchingPrecedence ||= 1000;
  },
  subresources: {
    status: { prepareForUpdate: keepMetadata, validateUpdate: ({ status }) => validateConditionTypes(status?.conditions) },
  },
});
