import type { ComponentCondition, ComponentStatus } from '#api/types/core-v1';
import { defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { column, nameColumn } from '../../printing/columns.ts';

/** The definition of ComponentStatus. */
export const componentStatuses: ResourceDefinition<ComponentStatus> = defineResource<ComponentStatus>({
  group: '',
  version: 'v1',
  plural: 'componentstatuses',
  singular: 'componentstatus',
  kind: 'ComponentStatus',
  listKind: 'ComponentStatusList',
  namespaced: false,
  shortNames: ['cs'],
  deprecationWarning: 'v1 ComponentStatus is deprecated in v1.19+',
  verbs: ['get', 'list'],
  schema: { groupVersion: 'core/v1', struct: 'ComponentStatus' },
  columns: [
    nameColumn(),
    column('Status', 'string', { text: 'Status of the component conditions' }, (object) => {
      const condition = healthy(object);
      if (!condition) return 'Unknown';
      return condition.status === 'True' ? 'Healthy' : 'Unhealthy';
    }),
    column('Message', 'string', { text: 'Message of the component conditions' }, (object) => healthy(object)?.message ?? ''),
    column('Error', 'string', { text: 'Error of the component conditions' }, (object) => healthy(object)?.error ?? ''),
  ],
});

function healthy(object: ComponentStatus): ComponentCondition | undefined {
  return object.conditions?.find((condition) => condition.type === 'Healthy');
}
