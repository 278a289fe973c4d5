import type { Job, JobSpec } from '#api/types/batch-v1';
import type { Affinity, PodTemplateSpec } from '#api/types/core-v1';
import { validatePodTemplate } from '../../core/v1/pod/validation.ts';
import { validateDomainPrefixedPath } from '../../machinery/domain-prefixed-path.ts';
import { child, type FieldError, invalid, key, notSupported, required, tooLong } from '../../machinery/field-error.ts';
import { cloneJson, jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { isDns1123Label } from '../../machinery/names.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import type { SchemaRef } from '../../machinery/schema.ts';
import { selectorOf, validateLabelSelector } from '../../machinery/selector.ts';
import { isReadableSelector, printedSelector, validateSelectorMatch } from '../../workload/validation.ts';
import { validateFailurePolicy, validateSuccessPolicy } from './job-policies.ts';

const NOT_NEGATIVE = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;
const MAX_INDEXED = 100_000;
const MANY_COMPLETIONS = 100_000;
const MAX_FOR_MANY = 10_000;
const MAX_MANAGER_LENGTH = 63;

/** What is wrong with a Job's spec, also in templates of Jobs, which have no selector. `old` is the stored template. */
export function validateJobSpec(spec: JobSpec, path: string, old?: PodTemplateSpec): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of NOT_NEGATIVE) {
    const value = spec[field];
    if (value !== undefined && value < 0) errors.push(invalid(child(path, field), value, 'must be greater than or equal to 0'));
  }
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    errors.push(required(child(path, 'backoffLimitPerIndex'), 'when maxFailedIndexes is specified'));
  if (spec.managedBy !== undefined) errors.push(...managerErrors(spec.managedBy, child(path, 'managedBy')));
  errors.push(...modeErrors(spec, path));
  if (spec.podFailurePolicy) errors.push(...validateFailurePolicy(spec, child(path, 'podFailurePolicy')));
  if (spec.successPolicy) {
    const at = child(path, 'successPolicy');
    if (spec.completionMode === 'Indexed') errors.push(...validateSuccessPolicy(spec, at));
    else errors.push(invalid(at, printedSuccessPolicy(spec.successPolicy), 'requires indexed completion mode'));
  }
  errors.push(...replacementErrors(spec, child(path, 'podReplacementPolicy')), ...validatePodTemplate(spec.template, child(path, 'template'), old));
  return [...errors, ...restartErrors(spec, child(path, 'template', 'spec', 'restartPolicy'))];
}
/** Upstream prints its internal struct, whose members have Go's names. */
function printedSuccessPolicy({ rules }: NonNullable<JobSpec['successPolicy']>): object {
  return {
    Rules:
      (rules as typeof rules | null)?.map(({ succeededIndexes, succeededCount }) => ({
        SucceededIndexes: succeededIndexes ?? null,
        SucceededCount: succeededCount ?? null,
      })) ?? null,
  };
}

function managerErrors(value: string, path: string): FieldError[] {
  const errors = validateDomainPrefixedPath(value, path);
  return value.length > MAX_MANAGER_LENGTH ? [...errors, tooLong(path, MAX_MANAGER_LENGTH)] : errors;
}
function modeErrors(spec: JobSpec, path: string): FieldError[] {
  const { completionMode: mode, backoffLimitPerIndex, maxFailedIndexes } = spec;
  const errors: FieldError[] = [];
  if (mode !== undefined && mode !== 'NonIndexed' && mode !== 'Indexed')
    errors.push(notSupported(child(path, 'completionMode'), mode, ['NonIndexed', 'Indexed']));
  if (mode === 'Indexed') errors.push(...indexedErrors(spec, path));
  if (mode !== undefined && mode !== 'NonIndexed') return errors;
  for (const [field, value] of Object.entries({ backoffLimitPerIndex, maxFailedIndexes }))
    if (value !== undefined) errors.push(invalid(child(path, field), value, 'requires indexed completion mode'));
  return errors;
}

function indexedErrors({ completions, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex }: JobSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const maxFailed = maxFailedIndexes ?? 0;
  const tooMuch = (field: string, value: number, detail: string) => errors.push(invalid(child(path, field), value, `must be less than or equal to ${detail}`));
  if (completions === undefined) errors.push(required(child(path, 'completions'), 'when completion mode is Indexed'));
  if (parallelism > MAX_INDEXED) tooMuch('parallelism', parallelism, `${MAX_INDEXED} when completion mode is Indexed`);
  if (completions !== undefined && maxFailed > completions) tooMuch('maxFailedIndexes', maxFailed, 'completions');
  if (maxFailed > MAX_INDEXED) tooMuch('maxFailedIndexes', maxFailed, `${MAX_INDEXED}`);
  if (completions === undefined || completions <= MANY_COMPLETIONS || backoffLimitPerIndex === undefined) return errors;
  const many = `${MAX_FOR_MANY} when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  if (maxFailedIndexes === undefined) errors.push(required(child(path, 'maxFailedIndexes'), `must be specified when completions is above ${MANY_COMPLETIONS}`));
  if (parallelism > MAX_FOR_MANY) tooMuch('parallelism', parallelism, many);
  if (maxFailed > MAX_FOR_MANY) tooMuch('maxFailedIndexes', maxFailed, many);
  return errors;
}

function replacementErrors({ podReplacementPolicy: policy, podFailurePolicy }: JobSpec, path: string): FieldError[] {
  const supported = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return policy === undefined || supported.includes(policy) ? [] : [notSupported(path, policy, supported)];
}

function restartErrors({ template, podFailurePolicy }: JobSpec, path: string): FieldError[] {
  const policy = template.spec?.restartPolicy;
  if (!policy || policy === 'Always') return [required(path, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never') return [notSupported(path, policy, ['OnFailure', 'Never'])];
  return podFailurePolicy && policy !== 'Never' ? [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')] : [];
}

/** What is wrong with a Job; `old` is the stored one. */
export function validateJob(job: Job, old?: Job): FieldError[] {
  const { metadata, spec } = job;
  const errors = [...generatedSelectorErrors(job, old), ...validateSelectedSpec(spec, old)];
  if (spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 0) {
    // Its Pods' names have the index behind.
    const hostname = `${metadata.name ?? ''}-${(spec.completions ?? 0) - 1}`;
    if (isDns1123Label(hostname).length)
      errors.push(invalid('metadata.name', metadata.name ?? '', `will not able to create pod with invalid DNS label: ${hostname}`));
  }
  return errors;
}

function validateSelectedSpec(spec: JobSpec, old: Job | undefined): FieldError[] {
  const errors = validateJobSpec(spec, 'spec', old?.spec.template);
  if (!spec.selector) return [...errors, required('spec.selector'), ...validateSelectorMatch(spec)];
  const allowInvalidValues = validateLabelSelector(old?.spec.selector, '').length > 0;
  return [...errors, ...validateLabelSelector(spec.selector, 'spec.selector', { allowInvalidValues }), ...validateSelectorMatch(spec)];
}

const LABELS = ['controller-uid', 'job-name', 'batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name'] as const;
const [OLD_UID, OLD_NAME, UID, NAME] = LABELS;
/** Unless its author takes care of it, a Job selects by its own name and uid, which its Pods have in the old form and in the new. */
function generatedSelectorErrors({ metadata, spec }: Job, old: Job | undefined): FieldError[] {
  if (spec.manualSelector || !spec.selector) return [];
  const { uid = '', name = '' } = metadata;
  const errors = uid ? [] : [required('metadata.uid')];
  const oldLabels = old?.spec.template.metadata?.labels;
  const needsNewForm = !old || (oldLabels?.[UID] !== undefined && oldLabels[NAME] !== undefined);
  const expected: Record<string, string> = { [OLD_UID]: uid, [OLD_NAME]: name, ...(needsNewForm ? { [UID]: uid, [NAME]: name } : {}) };
  for (const [label, value] of Object.entries(expected)) {
    const actual = spec.template.metadata?.labels?.[label];
    const path = key('spec.template.metadata.labels', label);
    if (actual === undefined) errors.push(required(path, `must be '${value}'`));
    else if (actual !== value) errors.push(invalid(path, actual, `must be '${value}'`));
  }
  if (isReadableSelector(spec.selector) && !selectorOf(spec.selector).matches(expected))
    errors.push(invalid('spec.selector', printedSelector(spec.selector), '`selector` not auto-generated'));
  return errors;
}

const STRUCTS: { readonly [field in keyof JobSpec]?: SchemaRef } = {
  podFailurePolicy: { groupVersion: 'batch/v1', struct: 'PodFailurePolicy' },
  successPolicy: { groupVersion: 'batch/v1', struct: 'SuccessPolicy' },
};
const TEMPLATE = { groupVersion: 'core/v1', struct: 'PodTemplateSpec' };

/** What may not change of a Job: all that tells its Pods. A suspended one may still be scheduled elsewhere. Judges the whole, and as upstream the spec twice. */
export function validateJobUpdate(job: Job, old: Job): FieldError[] {
  const [{ spec }, { spec: before }] = [job, old];
  const errors = [...validateJob(job, old), ...validateSelectedSpec(spec, old), ...completionsChange(spec, before)];
  const same = (field: keyof JobSpec) => validateImmutable(spec[field], before[field], child('spec', field), STRUCTS[field]);
  errors.push(...same('selector'), ...templateChange(spec, old));
  for (const field of ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const) errors.push(...same(field));
  return errors;
}

/** Jobs with indexes may grow and shrink as long as all of them run at once. */
function completionsChange(spec: JobSpec, old: JobSpec): FieldError[] {
  if (spec.completionMode !== 'Indexed') return validateImmutable(spec.completions, old.completions, 'spec.completions');
  if (spec.completions === old.completions || spec.completions === undefined || spec.completions === spec.parallelism) return [];
  return [invalid('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism')];
}

function templateChange(spec: JobSpec, old: Job): FieldError[] {
  const template = cloneJson(old.spec.template);
  if (isAtRest(old)) takeMutable(template, spec.template);
  return jsonEqual(template as JsonValue, spec.template as JsonValue) ? [] : validateImmutable(spec.template, template, 'spec.template', TEMPLATE);
}
/** Whether no Pod runs, or is about to stop. */
function isAtRest({ spec, status }: Job): boolean {
  if (!spec.suspend) return false;
  return status?.startTime === undefined || (status.conditions ?? []).some(({ type, status: is }) => type === 'Suspended' && is === 'True');
}

/** What decides where Pods go, and how large they are, may change while there are none. */
function takeMutable(template: PodTemplateSpec, now: PodTemplateSpec): void {
  const [spec, wanted] = [template.spec, now.spec];
  template.metadata = { ...template.metadata };
  take(template.metadata, now.metadata ?? {}, ['annotations', 'labels']);
  if (!Object.keys(template.metadata).length && !now.metadata) delete template.metadata;
  if (!spec || !wanted) return;
  take(spec, wanted, ['nodeSelector', 'tolerations', 'schedulingGates']);
  const affinity: Affinity = { ...spec.affinity };
  take(affinity, wanted.affinity ?? {}, ['nodeAffinity']);
  if (Object.keys(affinity).length || wanted.affinity) spec.affinity = affinity;
  else delete spec.affinity;
  for (const list of ['containers', 'initContainers'] as const)
    for (const [i, container] of (spec[list] ?? []).entries()) take(container, wanted[list]?.[i] ?? {}, ['resources']);
}
function take<T extends object>(target: T, source: Partial<T>, fields: readonly (keyof T)[]): void {
  for (const field of fields) {
    const value = source[field];
    if (value === undefined) delete target[field];
    else target[field] = value;
  }
}
