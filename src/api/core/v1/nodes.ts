import type { Node } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of Node. */
export const nodes: ResourceDefinition<Node> = defineResource<Node>({
  group: '',
  version: 'v1',
  plural: 'nodes',
  singular: 'node',
  kind: 'Node',
  listKind: 'NodeList',
  namespaced: false,
  shortNames: ['no'],
  verbs: ALL_VERBS,
  storage: 'minions',
  schema: { groupVersion: 'core/v1', struct: 'Node' },
  subresources: {
    status: {},
    special: {
      proxy: { kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    },
  },
});
