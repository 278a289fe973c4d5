import type { Job, JobStatus } from '#api/types/batch-v1';
import { child, duplicate, type FieldError, index, invalid, required } from '../../machinery/field-error.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { countErrors } from '../../workload/validation.ts';
import { firstOverlap, indexesProblem } from './completion-indexes.ts';
import { wrong } from './job-policies.ts';

type Condition = 'Complete' | 'Failed' | 'FailureTarget' | 'SuccessCriteriaMet';
const CONDITIONS = 'status.conditions';

/** A status with what its conditions say. */
class JobState {
  readonly status: JobStatus;
  constructor({ status }: Job) {
    this.status = status ?? {};
  }
  is(type: Condition): boolean {
    return (this.status.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');
  }
  get isFinished(): boolean {
    return this.is('Complete') || this.is('Failed');
  }
}

/** What is wrong with a Job's new status. What was wrong before is looked at only where it changes (pkg/registry/batch/job/strategy.go). */
export function validateJobStatus(job: Job, oldJob: Job): FieldError[] {
  const [now, old] = [new JobState(job), new JobState(oldJob)];
  return [
    ...countErrors(now.status, ['active', 'succeeded', 'failed', 'ready', 'terminating']),
    ...uncountedErrors(now.status),
    ...finishErrors(now, old),
    ...indexErrors(job, now.status, old.status),
    ...podErrors(now, old),
    ...successErrors(job, now),
    ...historyErrors(job, now, old),
  ];
}

function uncountedErrors({ uncountedTerminatedPods }: JobStatus): FieldError[] {
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const list of ['succeeded', 'failed'] as const) {
    for (const [i, uid] of (uncountedTerminatedPods?.[list] ?? []).entries()) {
      const path = index(child('status.uncountedTerminatedPods', list), i);
      if (!uid) errors.push(invalid(path, uid, 'must not be empty'));
      else if (seen.has(uid)) errors.push(duplicate(path, uid));
      seen.add(uid);
    }
  }
  return errors;
}

/** How a Job may end. */
function finishErrors(now: JobState, old: JobState): FieldError[] {
  const errors: FieldError[] = [];
  const changed = (...types: Condition[]) => types.some((type) => now.is(type) !== old.is(type));
  const { completionTime, startTime, active = 0, uncountedTerminatedPods: uncounted } = now.status;
  const changes = (field: keyof JobStatus) => !same(now.status[field], old.status[field]);
  const [isComplete, isFailed] = [now.is('Complete'), now.is('Failed')];
  const path = 'status.completionTime';
  if (changed('Complete', 'Failed') && isComplete && isFailed) errors.push(wrong(CONDITIONS, 'cannot set Complete=True and Failed=true conditions'));
  if (changed('Complete', 'FailureTarget') && isComplete && now.is('FailureTarget'))
    errors.push(wrong(CONDITIONS, 'cannot set Complete=True and FailureTarget=true conditions'));
  const isAboutTime = changed('Complete') || changes('completionTime');
  if (isAboutTime && completionTime !== undefined && !isComplete)
    errors.push(invalid(path, completionTime, 'cannot set completionTime when there is no Complete=True condition'));
  if (isAboutTime && completionTime === undefined && isComplete) errors.push(required(path, 'completionTime is required for Complete jobs'));
  if (
    (changes('startTime') || changes('completionTime')) &&
    startTime !== undefined &&
    completionTime !== undefined &&
    Date.parse(completionTime) < Date.parse(startTime)
  )
    errors.push(invalid(path, completionTime, 'completionTime cannot be set before startTime'));
  if ((changed('Failed') || changes('failedIndexes')) && isFailed && !now.is('FailureTarget'))
    errors.push(wrong(CONDITIONS, 'cannot set Failed=True condition without the FailureTarget=true condition'));
  if (changed('Complete', 'SuccessCriteriaMet') && isComplete && !now.is('SuccessCriteriaMet'))
    errors.push(wrong(CONDITIONS, 'cannot set Complete=True condition without the SuccessCriteriaMet=true condition'));
  const isNew = now.isFinished !== old.isFinished;
  if ((isNew || changes('active')) && active > 0 && now.isFinished) errors.push(invalid('status.active', active, 'active>0 is invalid for finished job'));
  if ((isNew || changes('startTime')) && startTime === undefined && now.isFinished)
    errors.push(required('status.startTime', 'startTime is required for finished job'));
  const left = (uncounted?.failed?.length ?? 0) + (uncounted?.succeeded?.length ?? 0);
  if ((isNew || changes('uncountedTerminatedPods')) && now.isFinished && left > 0) {
    const printed = { Succeeded: uncounted?.succeeded ?? null, Failed: uncounted?.failed ?? null };
    errors.push(invalid('status.uncountedTerminatedPods', printed, 'uncountedTerminatedPods needs to be empty for finished job'));
  }
  return errors;
}

function same(a: unknown, b: unknown): boolean {
  return a === b || jsonEqual((a ?? null) as JsonValue, (b ?? null) as JsonValue);
}

function indexErrors({ spec }: Job, { completedIndexes = '', failedIndexes }: JobStatus, old: JobStatus): FieldError[] {
  const errors: FieldError[] = [];
  const [completed, failed] = ['status.completedIndexes', 'status.failedIndexes'];
  const [changesCompleted, changesFailed] = [completedIndexes !== (old.completedIndexes ?? ''), failedIndexes !== old.failedIndexes];
  const { completions, backoffLimitPerIndex, completionMode } = spec;
  const check = (path: string, text: string, name: string, size: number): void => {
    const problem = indexesProblem(text, size);
    if (problem !== undefined) errors.push(invalid(path, text, `error parsing ${name}: ${problem}`));
  };
  if (changesCompleted && completions !== undefined) check(completed, completedIndexes, 'completedIndexes', completions);
  if (changesFailed && completions !== undefined && backoffLimitPerIndex !== undefined && failedIndexes !== undefined)
    check(failed, failedIndexes, 'failedIndexes', completions);
  if (changesCompleted && completedIndexes && completionMode !== 'Indexed')
    errors.push(invalid(completed, completedIndexes, 'cannot set non-empty completedIndexes when non-indexed completion mode'));
  if (changesFailed && backoffLimitPerIndex === undefined && failedIndexes !== undefined)
    errors.push(invalid(failed, failedIndexes, 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'));
  if ((changesCompleted || changesFailed) && completions !== undefined && failedIndexes !== undefined) {
    const overlap = firstOverlap(completedIndexes, failedIndexes, completions);
    if (overlap !== undefined) errors.push(invalid(failed, failedIndexes, `failedIndexes and completedIndexes overlap at index: ${overlap}`));
  }
  return errors;
}

function podErrors(now: JobState, old: JobState): FieldError[] {
  const errors: FieldError[] = [];
  const { terminating = 0, ready, active = 0 } = now.status;
  if ((now.isFinished !== old.isFinished || now.status.terminating !== old.status.terminating) && terminating > 0 && now.isFinished)
    errors.push(invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job'));
  if ((ready !== old.status.ready || active !== (old.status.active ?? 0)) && ready !== undefined && ready > active)
    errors.push(invalid('status.ready', ready, 'cannot set more ready pods than active'));
  return errors;
}

function successErrors({ spec }: Job, now: JobState): FieldError[] {
  const errors: FieldError[] = [];
  const isMet = now.is('SuccessCriteriaMet');
  if (isMet && now.is('Failed')) errors.push(wrong(CONDITIONS, 'cannot set SuccessCriteriaMet=True and Failed=true conditions'));
  if (isMet && now.is('FailureTarget')) errors.push(wrong(CONDITIONS, 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'));
  if (spec.successPolicy && !isMet && now.is('Complete'))
    errors.push(wrong(CONDITIONS, 'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'));
  return errors;
}

/** What was counted and decided stays. */
function historyErrors({ spec }: Job, now: JobState, old: JobState): FieldError[] {
  const errors: FieldError[] = [];
  for (const type of ['Failed', 'Complete', 'FailureTarget'] as const)
    if (old.is(type) && !now.is(type)) errors.push(wrong(CONDITIONS, `cannot disable the terminal ${type}=True condition`));
  const { failed = 0, succeeded = 0, completionTime, startTime } = now.status;
  if (failed < (old.status.failed ?? 0)) errors.push(invalid('status.failed', failed, 'cannot decrease the failed counter'));
  // Jobs with indexes that all run at once may shrink.
  const isElastic = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  if (!isElastic && succeeded < (old.status.succeeded ?? 0)) errors.push(invalid('status.succeeded', succeeded, 'cannot decrease the succeeded counter'));
  if (completionTime !== undefined && old.status.completionTime !== undefined && completionTime !== old.status.completionTime)
    errors.push(invalid('status.completionTime', completionTime, 'completionTime cannot be mutated'));
  if (old.status.startTime !== undefined && old.status.startTime !== startTime && !spec.suspend)
    errors.push(required('status.startTime', 'startTime cannot be removed for unsuspended job'));
  if (old.is('SuccessCriteriaMet') && !now.is('SuccessCriteriaMet')) errors.push(wrong(CONDITIONS, 'cannot disable the SuccessCriteriaMet=True condition'));
  if (old.is('Complete') && !old.is('SuccessCriteriaMet') && now.is('SuccessCriteriaMet'))
    errors.push(wrong(CONDITIONS, 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'));
  return errors;
}
