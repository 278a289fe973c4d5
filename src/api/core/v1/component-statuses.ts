import type { ComponentStatus } from '#api/types/core-v1';
import { defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

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
  verbs: ['get', 'list'],
  schema: { groupVersion: 'core/v1', struct: 'ComponentStatus' },
});
