import type { FlowSchema } from '#api/types/flowcontrol-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

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
  subresources: {
    status: {},
  },
});
