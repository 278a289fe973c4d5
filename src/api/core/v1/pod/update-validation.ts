import type { Container, Pod, PodSpec, Toleration } from '#api/types/core-v1';
import { child, type FieldError, forbidden, index, invalid, required } from '../../../machinery/field-error.ts';
import { cloneJson, jsonEqual } from '../../../machinery/json-value.ts';
import type { JsonValue } from '../../../machinery/json.ts';
import { inRange } from './checks.ts';
import { describeSpecChange } from './spec-diff.ts';

const UPDATABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
];
const MAX_INT32 = 2 ** 31 - 1;

/** What an update of a Pod changes that may not change: nearly everything. */
export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['containers', 'initContainers'] as const) {
    const [containers, before] = [pod.spec[field] ?? [], old.spec[field] ?? []];
    if (containers.length !== before.length) {
      const what = field === 'containers' ? 'containers' : 'init containers';
      return [...errors, forbidden(child('spec', field), `pod updates may not add or remove ${what}`)];
    }
    errors.push(...imageErrors(containers, child('spec', field)));
  }
  errors.push(...deadlineErrors(pod.spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds, 'spec.activeDeadlineSeconds'));
  if (isSame(pod.spec, old.spec)) return errors;
  errors.push(...tolerationErrors(pod.spec.tolerations ?? [], old.spec.tolerations ?? [], 'spec.tolerations'));
  errors.push(...gateErrors(pod.spec, old.spec));
  const rest = withoutAllowedChanges(pod.spec, old.spec);
  if (!isSame(rest, old.spec)) {
    errors.push(forbidden('spec', `pod updates may not change fields other than ${UPDATABLE.join(',')}\n${describeSpecChange(old.spec, rest)}`));
  }
  return errors;
}

function isSame(a: unknown, b: unknown): boolean {
  return jsonEqual(a as JsonValue, b as JsonValue);
}

function imageErrors(containers: readonly Container[], path: string): FieldError[] {
  return containers.flatMap(({ image }, i) => {
    const at = child(index(path, i), 'image');
    if (!image) return [required(at)];
    return image.trim() === image ? [] : [invalid(at, image, 'must not have leading or trailing whitespace')];
  });
}

function deadlineErrors(deadline: number | undefined, old: number | undefined, path: string): FieldError[] {
  if (deadline === undefined) return old === undefined ? [] : [invalid(path, 'null', 'must not update from a positive integer to nil value')];
  const errors = inRange(path, deadline, 0, MAX_INT32);
  if (!errors.length && old !== undefined && old < deadline) errors.push(invalid(path, deadline, 'must be less than or equal to previous value'));
  return errors;
}

function tolerationErrors(tolerations: readonly Toleration[], old: readonly Toleration[], path: string): FieldError[] {
  for (const before of old) {
    const { tolerationSeconds: _, ...identity } = before;
    const found = tolerations.some(({ tolerationSeconds: __, ...others }) => isSame(others, identity));
    if (!found) return [forbidden(path, 'existing toleration can not be modified except its tolerationSeconds')];
  }
  return [];
}

function gateErrors({ schedulingGates }: PodSpec, old: PodSpec): FieldError[] {
  const known = new Set((old.schedulingGates ?? []).map(({ name }) => name));
  return (schedulingGates ?? []).flatMap(({ name }, i) => {
    return known.has(name) ? [] : [forbidden(child(index('spec.schedulingGates', i), 'name'), 'only deletion is allowed, but found new scheduling gate')];
  });
}

/** The new spec with everything that may change set back. */
function withoutAllowedChanges(spec: PodSpec, old: PodSpec): PodSpec {
  const rest = cloneJson(spec);
  for (const field of ['containers', 'initContainers'] as const) {
    for (const [i, container] of (rest[field] ?? []).entries()) container.image = old[field]?.[i]?.image;
  }
  rest.activeDeadlineSeconds = old.activeDeadlineSeconds;
  rest.tolerations = old.tolerations;
  rest.schedulingGates = old.schedulingGates;
  if (rest.terminationGracePeriodSeconds === 1 && (old.terminationGracePeriodSeconds ?? 0) < 0)
    rest.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds;
  // While it is held back a Pod may be steered more narrowly.
  if (old.schedulingGates?.length && onlyAdds(old.nodeSelector, rest.nodeSelector)) rest.nodeSelector = old.nodeSelector;
  if (old.schedulingGates?.length && old.affinity?.nodeAffinity === undefined && isSame({ ...rest.affinity, nodeAffinity: undefined }, old.affinity ?? {}))
    rest.affinity = old.affinity;
  return rest;
}

function onlyAdds(before: Readonly<Record<string, string>> = {}, after: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(before).every(([key, value]) => after[key] === value);
}
