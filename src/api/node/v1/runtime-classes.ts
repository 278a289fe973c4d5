import type { RuntimeClass } from '#api/types/node-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { OLD_NODE_LABELS } from '../../core/v1/pod/warnings.ts';
import { validateRuntimeClass, validateRuntimeClassUpdate } from './runtime-class-validation.ts';

/** The definition of RuntimeClass. */
export const runtimeClasses: ResourceDefinition<RuntimeClass> = defineResource<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  plural: 'runtimeclasses',
  singular: 'runtimeclass',
  kind: 'RuntimeClass',
  listKind: 'RuntimeClassList',
  namespaced: false,
  verbs: ALL_VERBS,
  storage: 'runtimeclasses',
  schema: { groupVersion: 'node/v1', struct: 'RuntimeClass' },
  requiresResourceVersion: true,
  createsOnUpdate: true,
  validate: validateRuntimeClass,
  validateUpdate: validateRuntimeClassUpdate,
  revalidatesMetadata: true,
  warnings: ({ scheduling }) =>
    Object.keys(scheduling?.nodeSelector ?? {}).flatMap((label) =>
      OLD_NODE_LABELS.get(label) ? [`scheduling.nodeSelector: ${OLD_NODE_LABELS.get(label)}`] : [],
    ),
  // Upstream looks for the handler's description where there is none.
  columns: [nameColumn(), column('Handler', 'string', { text: '' }, (object) => object.handler), ageColumn()],
});
