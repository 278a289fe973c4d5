import type { PriorityLevelConfiguration } from '#api/types/flowcontrol-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';

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
  subresources: {
    status: {},
  },
});
