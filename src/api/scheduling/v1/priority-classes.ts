import type { PriorityClass } from '#api/types/scheduling-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { isUpdate } from '../../machinery/is-update.ts';
import { SYSTEM_CLASSES, validatePriorityClass, validatePriorityClassUpdate } from './priority-class-validation.ts';

/** The definition of PriorityClass. */
export const priorityClasses: ResourceDefinition<PriorityClass> = defineResource<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  plural: 'priorityclasses',
  singular: 'priorityclass',
  kind: 'PriorityClass',
  listKind: 'PriorityClassList',
  namespaced: false,
  shortNames: ['pc'],
  verbs: ALL_VERBS,
  storage: 'priorityclasses',
  schema: { groupVersion: 'scheduling/v1', struct: 'PriorityClass' },
  // It has a generation, which stays the first.
  hasGeneration: false,
  prepareForCreate: ({ metadata }) => {
    metadata.generation = 1;
  },
  validate: (object) => (isUpdate(object) ? [] : validatePriorityClass(object)),
  validateUpdate: validatePriorityClassUpdate,
  deleteRefusal: (name) => (SYSTEM_CLASSES.has(name) ? 'this is a system priority class and cannot be deleted' : undefined),
  columns: [
    nameColumn(),
    column('Value', 'integer', 'PriorityClass.value', (object) => object.value ?? 0),
    column('Global-Default', 'boolean', 'PriorityClass.globalDefault', (object) => object.globalDefault ?? false),
    ageColumn(),
    column('PreemptionPolicy', 'string', 'PriorityClass.preemptionPolicy', (object) => object.preemptionPolicy ?? ''),
  ],
  defaults: (object) => {
    object.preemptionPolicy ??= 'PreemptLowerPriority';
  },
});
