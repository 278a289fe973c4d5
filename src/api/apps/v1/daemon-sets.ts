import { isDeepStrictEqual } from 'node:util';
import type { DaemonSet } from '#api/types/apps-v1';
import type { ObjectMeta } from '#api/types/meta-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, containerColumns, nameColumn, wideColumn } from '../../printing/columns.ts';
import { formatLabels, formatSelector } from '../../workload/scale.ts';
import { defaultPodTemplate } from '../../core/v1/pod/defaults.ts';
import { podTemplateWarnings } from '../../core/v1/pod/warnings.ts';
import { prepareTemplate } from '../../workload/templates.ts';
import { validateDaemonSet, validateDaemonSetStatus, validateDaemonSetUpdate } from './validation.ts';

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

/** The definition of DaemonSet. */
export const daemonSets: ResourceDefinition<DaemonSet> = defineResource<DaemonSet>({
  group: 'apps',
  version: 'v1',
  plural: 'daemonsets',
  singular: 'daemonset',
  kind: 'DaemonSet',
  listKind: 'DaemonSetList',
  namespaced: true,
  shortNames: ['ds'],
  categories: ['all'],
  verbs: ALL_VERBS,
  storage: 'daemonsets',
  schema: { groupVersion: 'apps/v1', struct: 'DaemonSet' },
  prepareForCreate: (object) => {
    object.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
    prepareTemplate(object);
    countTemplates(object.metadata, 1);
  },
  prepareForUpdate: (object, old) => {
    prepareTemplate(object, old);
    const { metadata, spec } = object;
    const count = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 1);
    countTemplates(metadata, isDeepStrictEqual(spec.template, old.spec.template) ? count : count + 1);
  },
  validate: (object) => validateDaemonSet(object),
  validateUpdate: validateDaemonSetUpdate,
  validatesUpdatesWhole: true,
  revalidatesMetadata: true,
  warnings: ({ metadata, spec }, old) =>
    metadata.annotations?.[TEMPLATE_GENERATION] === old?.metadata.annotations?.[TEMPLATE_GENERATION] ? [] : podTemplateWarnings(spec.template, 'spec.template'),
  columns: [
    nameColumn(),
    column('Desired', 'integer', 'DaemonSetStatus.desiredNumberScheduled', ({ status }) => status?.desiredNumberScheduled ?? 0),
    column('Current', 'integer', 'DaemonSetStatus.currentNumberScheduled', ({ status }) => status?.currentNumberScheduled ?? 0),
    column('Ready', 'integer', 'DaemonSetStatus.numberReady', ({ status }) => status?.numberReady ?? 0),
    column('Up-to-date', 'integer', 'DaemonSetStatus.updatedNumberScheduled', ({ status }) => status?.updatedNumberScheduled ?? 0),
    column('Available', 'integer', 'DaemonSetStatus.numberAvailable', ({ status }) => status?.numberAvailable ?? 0),
    column('Node Selector', 'string', 'PodSpec.nodeSelector', ({ spec }) => formatLabels(spec?.template.spec?.nodeSelector)),
    ageColumn(),
    ...containerColumns<DaemonSet>(({ spec }) => spec?.template.spec?.containers),
    wideColumn('Selector', 'string', 'DaemonSetSpec.selector', ({ spec }) => formatSelector(spec?.selector) || '<none>'),
  ],
  defaults: ({ metadata, spec }) => {
    // Upstream keeps the count in a field that only this annotation shows: what does not say it says 0.
    if (metadata.annotations?.[TEMPLATE_GENERATION] === undefined) countTemplates(metadata, 0);
    spec.template ??= {};
    defaultPodTemplate(spec.template);
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= 'RollingUpdate';
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
      spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
  },
  subresources: {
    status: { validateUpdate: validateDaemonSetStatus },
  },
});

/** Says how often the template changed, where old clients look for it. */
function countTemplates(metadata: ObjectMeta, count: number): void {
  metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(count) };
}
