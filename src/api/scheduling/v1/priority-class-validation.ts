import type { PriorityClass } from '#api/types/scheduling-v1';
import { type FieldError, forbidden, notSupported, required } from '../../machinery/field-error.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';

const SYSTEM_PREFIX = 'system-';
const HIGHEST_USER_PRIORITY = 1_000_000_000;
/** The classes of the system, with their values. */
export const SYSTEM_CLASSES: ReadonlyMap<string, number> = new Map([
  ['system-node-critical', 2_000_001_000],
  ['system-cluster-critical', 2_000_000_000],
]);
const POLICIES = ['PreemptLowerPriority', 'Never'];

/** What is wrong with a PriorityClass; follows pkg/apis/scheduling/validation. */
export function validatePriorityClass(object: PriorityClass): FieldError[] {
  const { metadata, value = 0, preemptionPolicy: policy } = object;
  const errors: FieldError[] = [];
  if (metadata.name?.startsWith(SYSTEM_PREFIX)) {
    const mistake = systemMistake(object);
    const text = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${mistake}`;
    if (mistake) errors.push(forbidden('metadata.name', text));
  } else if (value > HIGHEST_USER_PRIORITY) {
    errors.push(forbidden('value', `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`));
  }
  if (policy === ('' as typeof policy)) errors.push(required('preemptionPolicy'));
  else if (policy !== undefined && !POLICIES.includes(policy)) errors.push(notSupported('preemptionPolicy', policy, POLICIES));
  return errors;
}

function systemMistake({ metadata: { name = '' }, value = 0, globalDefault = false }: PriorityClass): string | undefined {
  const expected = SYSTEM_CLASSES.get(name);
  if (expected === undefined) return `${name} is not a known system priority class`;
  if (value !== expected) return `value of ${name} PriorityClass must be ${expected}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

/** Pods have the value that the class had when they were made, so it stays. */
export function validatePriorityClassUpdate(object: PriorityClass, old: PriorityClass): FieldError[] {
  const errors = (object.value ?? 0) === (old.value ?? 0) ? [] : [forbidden('value', 'may not be changed in an update.')];
  return [...errors, ...validateImmutable(object.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy')];
}
