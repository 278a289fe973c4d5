import type { Binding } from '#api/types/core-v1';
import { defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of Binding. */
export const bindings: ResourceDefinition<Binding> = defineResource<Binding>({
  group: '',
  version: 'v1',
  plural: 'bindings',
  singular: 'binding',
  kind: 'Binding',
  listKind: 'BindingList',
  namespaced: true,
  verbs: ['create'],
  schema: { groupVersion: 'core/v1', struct: 'Binding' },
});
