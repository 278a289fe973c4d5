import type { CronJob } from '#api/types/batch-v1';
import type { PodTemplateSpec } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, containerColumns, nameColumn, printBool, since, wideColumn } from '../../printing/columns.ts';
import { formatSelector } from '../../workload/scale.ts';
import { defaultPodTemplate } from '../../core/v1/pod/defaults.ts';
import { defaultFailurePolicy } from './failure-policy.ts';
import { dropDisabledFields } from '../../core/v1/pod/disabled-fields.ts';
import { podNameWarnings, podTemplateWarnings } from '../../core/v1/pod/warnings.ts';
import { validateCronJob, validateCronJobUpdate } from './cron-job-validation.ts';

/** The definition of CronJob. */
export const cronJobs: ResourceDefinition<CronJob> = defineResource<CronJob>({
  group: 'batch',
  version: 'v1',
  plural: 'cronjobs',
  singular: 'cronjob',
  kind: 'CronJob',
  listKind: 'CronJobList',
  namespaced: true,
  shortNames: ['cj'],
  categories: ['all'],
  verbs: ALL_VERBS,
  storage: 'cronjobs',
  schema: { groupVersion: 'batch/v1', struct: 'CronJob' },
  prepareForCreate: (object) => dropDisabledFields(templateOf(object)?.spec, undefined),
  prepareForUpdate: (object, old) => dropDisabledFields(templateOf(object)?.spec, templateOf(old)?.spec),
  validate: validateCronJob,
  validateUpdate: validateCronJobUpdate,
  validatesUpdatesWhole: true,
  warnings: cronJobWarnings,
  columns: [
    nameColumn(),
    column('Schedule', 'string', 'CronJobSpec.schedule', ({ spec }) => spec?.schedule ?? ''),
    column('Timezone', 'string', 'CronJobSpec.timeZone', ({ spec }) => spec?.timeZone ?? '<none>'),
    column('Suspend', 'boolean', 'CronJobSpec.suspend', ({ spec }) => printBool(spec?.suspend)),
    column('Active', 'integer', 'CronJobStatus.active', ({ status }) => status?.active?.length ?? 0),
    column('Last Schedule', 'string', 'CronJobStatus.lastScheduleTime', ({ status }, nowMs) =>
      status?.lastScheduleTime ? since(status.lastScheduleTime, nowMs) : '<none>',
    ),
    ageColumn(),
    ...containerColumns<CronJob>(({ spec }) => spec?.jobTemplate.spec?.template.spec?.containers),
    wideColumn('Selector', 'string', 'JobSpec.selector', ({ spec }) => formatSelector(spec?.jobTemplate.spec?.selector) || '<none>'),
  ],
  defaults: ({ spec }) => {
    spec.jobTemplate ??= {};
    spec.jobTemplate.spec ??= { template: {} };
    spec.jobTemplate.spec.template ??= {};
    defaultPodTemplate(spec.jobTemplate.spec.template);
    defaultFailurePolicy(spec.jobTemplate.spec.podFailurePolicy);
    spec.concurrencyPolicy ||= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
  },
  subresources: {
    status: {},
  },
});

function templateOf({ spec }: CronJob): PodTemplateSpec | undefined {
  return spec.jobTemplate.spec?.template;
}

function cronJobWarnings(object: CronJob, old: CronJob | undefined): string[] {
  const warnings = old ? [] : podNameWarnings(object.metadata.name ?? '');
  if (!old || old.metadata.generation !== object.metadata.generation)
    warnings.push(...podTemplateWarnings(templateOf(object), 'spec.jobTemplate.spec.template'));
  // Upstream says `spec` twice.
  const link = 'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/';
  if (object.spec.schedule.includes('TZ')) warnings.push(`CRON_TZ or TZ used in spec.spec.schedule is not officially supported, see ${link} for more details`);
  return warnings;
}
