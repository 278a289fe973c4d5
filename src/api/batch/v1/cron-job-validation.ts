import type { CronJob } from '#api/types/batch-v1';
import { child, type FieldError, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { printedSelector } from '../../workload/validation.ts';
import { scheduleProblem, timeZoneProblem } from './cron-schedule.ts';
import { validateJobSpec } from './job-validation.ts';

/** So that the Job's time fits behind it in a name. */
const MAX_NAME = 52;
const POLICIES = ['Allow', 'Forbid', 'Replace'];

/** What is wrong with a new CronJob. */
export function validateCronJob(object: CronJob): FieldError[] {
  const { name = '' } = object.metadata;
  const errors = validateCronJobSpec(object, undefined);
  return name.length > MAX_NAME ? [...errors, invalid('metadata.name', name, `must be no more than ${MAX_NAME} characters`)] : errors;
}
/** What is wrong with a changed one: its name may be of an older time. */
export function validateCronJobUpdate(object: CronJob, old: CronJob): FieldError[] {
  return validateCronJobSpec(object, old);
}

function validateCronJobSpec({ spec }: CronJob, old: CronJob | undefined): FieldError[] {
  const errors = spec.schedule ? scheduleErrors(spec, old?.spec.schedule.includes('TZ') ?? false) : [required('spec.schedule')];
  errors.push(...notNegative('startingDeadlineSeconds', spec.startingDeadlineSeconds));
  if (spec.timeZone !== undefined && spec.timeZone !== old?.spec.timeZone) errors.push(...timeZoneErrors(spec.timeZone));
  if (!spec.concurrencyPolicy) errors.push(required('spec.concurrencyPolicy'));
  else if (!POLICIES.includes(spec.concurrencyPolicy)) errors.push(notSupported('spec.concurrencyPolicy', spec.concurrencyPolicy, POLICIES));
  errors.push(...jobTemplateErrors(spec.jobTemplate, old?.spec.jobTemplate));
  errors.push(...notNegative('successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit));
  return [...errors, ...notNegative('failedJobsHistoryLimit', spec.failedJobsHistoryLimit)];
}
function notNegative(field: string, value: number | undefined): FieldError[] {
  return value !== undefined && value < 0 ? [invalid(child('spec', field), value, 'must be greater than or equal to 0')] : [];
}

function scheduleErrors({ schedule, timeZone }: CronJob['spec'], mayNameZone: boolean): FieldError[] {
  const problem = scheduleProblem(schedule);
  const errors = problem === undefined ? [] : [invalid('spec.schedule', schedule, problem)];
  if (!schedule.includes('TZ')) return errors;
  if (!mayNameZone) errors.push(invalid('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  else if (timeZone !== undefined) errors.push(invalid('spec.schedule', schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
  return errors;
}

function timeZoneErrors(zone: string): FieldError[] {
  const path = 'spec.timeZone';
  if (!zone) return [invalid(path, zone, 'timeZone must be nil or non-empty string')];
  const unknown = invalid(path, zone, `unknown time zone ${zone}`);
  if (zone.split('/').some((part) => part === '.' || part === '..' || part.startsWith('-') || !/^[A-Za-z.\-_0-9+]{1,14}$/.test(part))) return [unknown];
  const errors: FieldError[] = [];
  if (zone.toLowerCase() === 'local') errors.push(invalid(path, zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'));
  if (timeZoneProblem(zone)) errors.push(unknown);
  return errors;
}

function jobTemplateErrors(template: CronJob['spec']['jobTemplate'], old: CronJob['spec']['jobTemplate'] | undefined): FieldError[] {
  const { spec } = template;
  if (!spec) return [];
  const path = 'spec.jobTemplate.spec';
  const errors = validateJobSpec(spec, path, old?.spec?.template);
  if (spec.selector) errors.push(invalid(child(path, 'selector'), printedSelector(spec.selector), '`selector` will be auto-generated'));
  if (spec.manualSelector) errors.push(notSupported(child(path, 'manualSelector'), spec.manualSelector, ['nil', 'false']));
  return errors;
}
