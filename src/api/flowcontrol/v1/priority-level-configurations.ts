import type { PriorityLevelConfiguration } from '#api/types/flowcontrol-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { keepMetadata } from '../../machinery/status-metadata.ts';
import { validateConditionTypes } from './flow-schema-validation.ts';
import { validatePriorityLevel } from './priority-level-validation.ts';

/** The definition of PriorityLevelConfiguration. */
export const priorityLevelConfigurations: ResourceDefinition<PriorityLevelConfiguration> = defineResource<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  plural: 'prioritylevelconfigurations',
  singular: 'prioritylevelconfiguration',
  kind: 'PriorityLevelConfiguration',
  listKind: 'PriorityLevelConfigurationList',
  namespaced: false,
  verbs: ALL_VERBS,
  storage: 'prioritylevelconfigurations',
  schema: { groupVersion: 'flowcontrol/v1', struct: 'PriorityLevelConfiguration' },
  validate: validatePriorityLevel,
  revalidatesMetadata: true,
  columns: [
    nameColumn(),
    column('Type', 'string', 'PriorityLevelConfigurationSpec.type', ({ spec }) => spec?.type ?? ''),
    column(
      'NominalConcurrencyShares',
      'string',
      'LimitedPriorityLevelConfiguration.nominalConcurrencyShares',
      ({ spec }) => spec?.limited?.nominalConcurrencyShares ?? '<none>',
    ),
    column('Queues', 'string', 'QueuingConfiguration.queues', ({ spec }) => spec?.limited?.limitResponse?.queuing?.queues ?? '<none>'),
    column('HandSize', 'string', 'QueuingConfiguration.handSize', ({ spec }) => spec?.limited?.limitResponse?.queuing?.handSize ?? '<none>'),
    column(
      'QueueLengthLimit',
      'string',
      'QueuingConfiguration.queueLengthLimit',
      ({ spec }) => spec?.limited?.limitResponse?.queuing?.queueLengthLimit ?? '<none>',
    ),
    ageColumn(),
  ],
  defaults: ({ spec }) => {
    if (spec?.exempt) {
      spec.exempt.nominalConcurrencyShares ??= 0;
      spec.exempt.lendablePercent ??= 0;
    } else if (spec?.type === 'Exempt') spec.exempt = { nominalConcurrencyShares: 0, lendablePercent: 0 };
    if (!spec?.limited) return;
    spec.limited.nominalConcurrencyShares ??= 30;
    spec.limited.lendablePercent ??= 0;
    const queuing = spec.limited.limitResponse?.queuing;
    if (!queuing) return;
    queuing.queues ||= 64;
    queuing.queueLengthLimit ||= 50;
    queuing.handSize ||= 8;
  },
  subresources: {
    status: { prepareForUpdate: keepMetadata, validateUpdate: ({ status }) => validateConditionTypes(status?.conditions) },
  },
});
