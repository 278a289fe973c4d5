import type { PodTemplate } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { column, containerColumns, nameColumn } from '../../printing/columns.ts';
import { formatLabels } from '../../workload/scale.ts';
import { defaultPodTemplate } from './pod/defaults.ts';
import { dropDisabledFields } from './pod/disabled-fields.ts';
import { validatePodTemplate } from './pod/validation.ts';
import { podTemplateWarnings } from './pod/warnings.ts';

/** The definition of PodTemplate. */
export const podTemplates: ResourceDefinition<PodTemplate> = defineResource<PodTemplate>({
  group: '',
  version: 'v1',
  plural: 'podtemplates',
  singular: 'podtemplate',
  kind: 'PodTemplate',
  listKind: 'PodTemplateList',
  namespaced: true,
  verbs: ALL_VERBS,
  storage: 'podtemplates',
  schema: { groupVersion: 'core/v1', struct: 'PodTemplate' },
  hasGeneration: true,
  prepareForCreate: ({ template }) => dropDisabledFields(template?.spec, undefined),
  prepareForUpdate: ({ template }, old) => dropDisabledFields(template?.spec, old.template?.spec),
  validate: ({ template }) => validatePodTemplate(template ?? {}, 'template'),
  validateUpdate: ({ template }, old) => validatePodTemplate(template ?? {}, 'template', old.template),
  validatesUpdatesWhole: true,
  warnings: ({ metadata, template }, old) => (old && old.metadata.generation === metadata.generation ? [] : podTemplateWarnings(template, 'template')),
  columns: [
    nameColumn(),
    ...containerColumns<PodTemplate>(({ template }) => template?.spec?.containers).map((shown) => ({ ...shown, priority: 0 })),
    column('Pod Labels', 'string', { text: 'The labels for the pod template.' }, ({ template }) => formatLabels(template?.metadata?.labels)),
  ],
  defaults: (object) => {
    object.template ??= {};
    defaultPodTemplate(object.template);
  },
});
