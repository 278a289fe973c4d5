import type { CronJob, Job, JobSpec } from '#api/types/batch-v1';
import type { LabelSelector } from '#api/types/meta-v1';
import { validatePodTemplate } from '../../core/v1/pod/validation.ts';
import { child, type FieldError, invalid, notSupported, required, tooLong } from '../../machinery/field-error.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import { validateLabelSelector } from '../../machinery/selector.ts';
import { validateSelectorMatch } from '../../workload/validation.ts';

const NOT_NEGATIVE = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;

function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of NOT_NEGATIVE) {
    const value = spec[field];
    if (value !== undefined && value < 0) errors.push(invalid(child(path, field), value, 'must be greater than or equal to 0'));
  }
  if (spec.completionMode !== undefined && spec.completionMode !== 'NonIndexed' && spec.completionMode !== 'Indexed') {
    errors.push(notSupported(child(path, 'completionMode'), spec.completionMode, ['NonIndexed', 'Indexed']));
  }
  if (spec.completionMode === 'Indexed' && spec.completions === undefined) {
    errors.push(required(child(path, 'completions'), 'when completion mode is Indexed'));
  }
  errors.push(...validatePodTemplate(spec.template, child(path, 'template')));
  const policy = spec.template.spec?.restartPolicy;
  if (!policy || policy === 'Always') errors.push(required(child(path, 'template', 'spec', 'restartPolicy'), 'valid values: "OnFailure", "Never"'));
  else if (policy !== 'OnFailure' && policy !== 'Never')
    errors.push(notSupported(child(path, 'template', 'spec', 'restartPolicy'), policy, ['OnFailure', 'Never']));
  else if (spec.podFailurePolicy && policy !== 'Never') {
    errors.push(invalid(child(path, 'template', 'spec', 'restartPolicy'), policy, 'only "Never" is supported when podFailurePolicy is specified'));
  }
  return errors;
}

/** What is wrong with a Job; its selector is its own unless `manualSelector` is set. */
export function validateJob({ metadata, spec }: Job): FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.manualSelector && !isOwnSelector(spec.selector, metadata.uid))
    errors.push(invalid('spec.selector', spec.selector ?? 'null', '`selector` not auto-generated'));
  return [...errors, ...validateSelectedSpec(spec)];
}

function validateSelectedSpec(spec: JobSpec): FieldError[] {
  const ofSelector = spec.selector ? validateLabelSelector(spec.selector, 'spec.selector') : [required('spec.selector')];
  return [...validateJobSpec(spec, 'spec'), ...ofSelector, ...validateSelectorMatch(spec)];
}

function isOwnSelector(selector: LabelSelector | undefined, uid: string | undefined): boolean {
  if (selector?.matchExpressions?.length) return false;
  const labels = Object.entries(selector?.matchLabels ?? {});
  return labels.length > 0 && labels.every(([name, value]) => (name === 'controller-uid' || name === 'batch.kubernetes.io/controller-uid') && value === uid);
}

/** What may not change of a Job: all that tells its Pods. A suspended one may still be scheduled elsewhere. */
export function validateJobUpdate({ spec }: Job, old: Job): FieldError[] {
  // Upstream judges the spec here once more, and counts what is wrong with it twice.
  const errors: FieldError[] = validateSelectedSpec(spec);
  const isElastic = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  if (!isElastic) errors.push(...validateImmutable(spec.completions, old.spec.completions, 'spec.completions'));
  errors.push(...validateImmutable(spec.selector, old.spec.selector, 'spec.selector'));
  const template = structuredClone(spec.template);
  if (old.spec.suspend && template.spec && old.spec.template.spec) {
    // What decides where Pods go, and how large they are, may change while there are none.
    for (const field of ['nodeSelector', 'tolerations', 'affinity', 'schedulingGates'] as const)
      Object.assign(template.spec, { [field]: old.spec.template.spec[field] });
    if (template.metadata && old.spec.template.metadata) {
      template.metadata.labels = old.spec.template.metadata.labels;
      template.metadata.annotations = old.spec.template.metadata.annotations;
    }
  }
  errors.push(...validateImmutable(template, old.spec.template, 'spec.template'));
  errors.push(...validateImmutable(spec.completionMode, old.spec.completionMode, 'spec.completionMode'));
  errors.push(...validateImmutable(spec.podFailurePolicy, old.spec.podFailurePolicy, 'spec.podFailurePolicy'));
  return [...errors, ...validateImmutable(spec.backoffLimitPerIndex, old.spec.backoffLimitPerIndex, 'spec.backoffLimitPerIndex')];
}

const MACROS = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every .+)$/;
const FIELD = '(\\*|\\?|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(/[0-9]+)?';
const CRON = new RegExp(`^${Array.from({ length: 5 }, () => `${FIELD}(,${FIELD})*`).join('\\s+')}$`);
// So that the Job's time fits behind it in a name.
const MAX_NAME = 52;

/** What is wrong with a CronJob. */
export function validateCronJob({ metadata, spec }: CronJob): FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.schedule) errors.push(required('spec.schedule'));
  else if (!MACROS.test(spec.schedule) && !CRON.test(spec.schedule.trim())) errors.push(invalid('spec.schedule', spec.schedule, cronError(spec.schedule)));
  for (const field of ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'] as const) {
    const value = spec[field];
    if (value !== undefined && value < 0) errors.push(invalid(child('spec', field), value, 'must be greater than or equal to 0'));
  }
  const policies = ['Allow', 'Forbid', 'Replace'];
  if (!spec.concurrencyPolicy) errors.push(required('spec.concurrencyPolicy'));
  else if (!policies.includes(spec.concurrencyPolicy)) errors.push(notSupported('spec.concurrencyPolicy', spec.concurrencyPolicy, policies));
  if (spec.timeZone !== undefined) errors.push(...timeZoneErrors(spec.timeZone));
  if (spec.jobTemplate.spec) errors.push(...validateJobSpec(spec.jobTemplate.spec, 'spec.jobTemplate.spec'));
  if ((metadata.name ?? '').length > MAX_NAME)
    errors.push({
      ...tooLong('metadata.name', MAX_NAME),
      type: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(metadata.name)}: must be no more than ${MAX_NAME} characters`,
    });
  return errors;
}

function cronError(schedule: string): string {
  const count = schedule.trim().split(/\s+/).length;
  return count === 5 ? 'failed to parse schedule' : `expected exactly 5 fields, found ${count}: [${schedule.trim().split(/\s+/).join(' ')}]`;
}
function timeZoneErrors(zone: string): FieldError[] {
  if (!zone) return [invalid('spec.timeZone', zone, 'timeZone must be nil or non-empty string')];
  if (zone.toLowerCase() === 'local')
    return [invalid('spec.timeZone', zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')];
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return [];
  } catch {
    return [invalid('spec.timeZone', zone, `unknown time zone ${zone}`)];
  }
}
