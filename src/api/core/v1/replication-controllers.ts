import type { ReplicationController } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { formatLabels } from '../../workload/scale.ts';
import { ageColumn, column, containerColumns, nameColumn, wideColumn } from '../../printing/columns.ts';
import { defaultPodTemplate } from './pod/defaults.ts';
import { required } from '../../machinery/field-error.ts';
import { validateReplicaSetStatus } from '../../apps/v1/validation.ts';
import { prepareTemplate, workloadWarnings } from '../../workload/templates.ts';
import { specNotNegative, validateLongRunningTemplate, validateSelectorMatch } from '../../workload/validation.ts';
import type { FieldError } from '../../machinery/field-error.ts';

/** The definition of ReplicationController. */
export const replicationControllers: ResourceDefinition<ReplicationController> = defineResource<ReplicationController>({
  group: '',
  version: 'v1',
  plural: 'replicationcontrollers',
  singular: 'replicationcontroller',
  kind: 'ReplicationController',
  listKind: 'ReplicationControllerList',
  namespaced: true,
  shortNames: ['rc'],
  categories: ['all'],
  verbs: ALL_VERBS,
  storage: 'controllers',
  schema: { groupVersion: 'core/v1', struct: 'ReplicationController' },
  selectableFields: {
    'status.replicas': ({ status }) => String(status?.replicas ?? 0),
  },
  prepareForCreate: (object) => {
    object.status = { replicas: 0 };
    prepareTemplate(object);
  },
  prepareForUpdate: prepareTemplate,
  validate: (object) => validateController(object),
  // As upstream counts what is wrong with the spec twice.
  validateUpdate: (object, old) => [...validateController(object, old), ...validateController(object, old)],
  validatesUpdatesWhole: true,
  revalidatesMetadata: true,
  warnings: workloadWarnings,
  columns: [
    nameColumn(),
    column('Desired', 'integer', 'ReplicationControllerSpec.replicas', ({ spec }) => spec?.replicas ?? 0),
    column('Current', 'integer', 'ReplicationControllerStatus.replicas', ({ status }) => status?.replicas ?? 0),
    column('Ready', 'integer', 'ReplicationControllerStatus.readyReplicas', ({ status }) => status?.readyReplicas ?? 0),
    ageColumn(),
    ...containerColumns<ReplicationController>(({ spec }) => spec?.template?.spec?.containers),
    wideColumn('Selector', 'string', 'ReplicationControllerSpec.selector', ({ spec }) => formatLabels(spec?.selector)),
  ],
  defaults: ({ metadata, spec }) => {
    spec.replicas ??= 1;
    if (!spec.template) return;
    defaultPodTemplate(spec.template);
    const labels = spec.template.metadata?.labels;
    if (!labels) return;
    if (!Object.keys(spec.selector ?? {}).length) spec.selector = { ...labels };
    if (!Object.keys(metadata.labels ?? {}).length) metadata.labels = { ...labels };
  },
  // v1 keeps what upstream did before there was garbage collection.
  defaultPropagation: 'Orphan',
  subresources: {
    status: { validateUpdate: validateReplicaSetStatus },
    scale: {
      specReplicas: (object) => object.spec?.replicas ?? 1,
      statusReplicas: (object) => object.status?.replicas ?? 0,
      selector: (object) => formatLabels(object.spec?.selector),
      setReplicas: (object, replicas) => {
        object.spec = { ...object.spec, replicas };
      },
    },
  },
});

function validateController({ spec }: ReplicationController, old?: ReplicationController): FieldError[] {
  const labels = spec.selector ?? {};
  const errors = [...specNotNegative('minReadySeconds', spec.minReadySeconds)];
  if (!Object.keys(labels).length) errors.push(required('spec.selector'));
  errors.push(...specNotNegative('replicas', spec.replicas));
  if (!spec.template) return [...errors, required('spec.template')];
  return [
    ...errors,
    ...(Object.keys(labels).length ? validateSelectorMatch({ selector: { matchLabels: labels }, template: spec.template }) : []),
    ...validateLongRunningTemplate(spec.template, 'ReplicationController', old?.spec.template),
  ];
}
