import type { Container, NodeAffinity, NodeSelectorRequirement, NodeSelectorTerm, Pod, PodSpec, Toleration } from '#api/types/core-v1';
import { describeChange } from '../../../machinery/describe-change.ts';
import { child, type FieldError, forbidden, index, invalid, required } from '../../../machinery/field-error.ts';
import { cloneJson, jsonEqual } from '../../../machinery/json-value.ts';
import type { JsonValue } from '../../../machinery/json.ts';
import { validatePodAnnotationUpdate } from './annotations.ts';
import { inRange } from './checks.ts';
import { validateTolerations } from './scheduling.ts';
import { validatePod } from './validation.ts';

const UPDATABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
];
const MAX_INT32 = 2 ** 31 - 1;

/** What is wrong with a changed Pod, and what it changes that may not change: nearly everything. */
export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const errors = validatePod(pod, old);
  errors.push(...validatePodAnnotationUpdate(pod.metadata, old.metadata, pod.spec, 'metadata.annotations'));
  for (const field of ['containers', 'initContainers'] as const) {
    const [containers, before] = [pod.spec[field] ?? [], old.spec[field] ?? []];
    if (containers.length !== before.length) return [...errors, forbidden(child('spec', field), 'pod updates may not add or remove containers')];
    errors.push(...imageErrors(containers, child('spec', field)));
  }
  const ofDeadline = deadlineErrors(pod.spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds, 'spec.activeDeadlineSeconds');
  errors.push(...ofDeadline);
  if (ofDeadline.length && pod.spec.activeDeadlineSeconds !== undefined) return errors;
  errors.push(...tolerationErrors(pod.spec.tolerations ?? [], old.spec.tolerations ?? [], 'spec.tolerations'), ...gateErrors(pod.spec, old.spec));
  if (isSame(pod.spec, old.spec)) return errors;
  const rest = withoutAllowedChanges(pod.spec, old.spec);
  if (old.spec.schedulingGates?.length) errors.push(...steerWhileGated(rest, old.spec));
  if (!isSame(rest, old.spec)) {
    const text = `pod updates may not change fields other than ${UPDATABLE.join(',')}\n${describeChange({ groupVersion: 'core/v1', struct: 'PodSpec' }, old.spec, rest)}`;
    errors.push(forbidden('spec', text));
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
  if (deadline === undefined) return old === undefined ? [] : [invalid(path, undefined, 'must not update from a positive integer to nil value')];
  const errors = inRange(path, deadline, 0, MAX_INT32);
  if (!errors.length && old !== undefined && old < deadline) errors.push(invalid(path, deadline, 'must be less than or equal to previous value'));
  return errors;
}

function tolerationErrors(tolerations: readonly Toleration[], old: readonly Toleration[], path: string): FieldError[] {
  for (const { tolerationSeconds: _, ...identity } of old) {
    const found = tolerations.some(({ tolerationSeconds: __, ...others }) => isSame(others, identity));
    if (!found) return [forbidden(path, 'existing toleration can not be modified except its tolerationSeconds')];
  }
  return validateTolerations(tolerations, path);
}

function gateErrors({ schedulingGates }: PodSpec, old: PodSpec): FieldError[] {
  const known = new Set((old.schedulingGates ?? []).map(({ name }) => name));
  return (schedulingGates ?? []).flatMap(({ name }, i) => {
    if (known.has(name)) return [];
    return [forbidden(child(index('spec.schedulingGates', i), 'name'), `only deletion is allowed, but found new scheduling gate '${name}'`)];
  });
}

/** The new spec with everything that may always change set back. */
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
  return rest;
}

/** While a Pod is held back it may be steered more narrowly; what was judged here is set back in `rest`. */
function steerWhileGated(rest: PodSpec, old: PodSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (!isSame(rest.nodeSelector, old.nodeSelector)) {
    const [before, after] = [old.nodeSelector ?? {}, rest.nodeSelector ?? {}];
    const onlyAdds = Object.entries(before).every(([name, value]) => after[name] === value);
    if (!onlyAdds)
      errors.push(invalid('spec.nodeSelector', rest.nodeSelector ?? null, 'only additions to spec.nodeSelector are allowed (no mutations or deletions)'));
    rest.nodeSelector = old.nodeSelector;
  }
  const [affinity, oldAffinity] = [rest.affinity?.nodeAffinity, old.affinity?.nodeAffinity];
  if (isSame(affinity, oldAffinity)) return errors;
  errors.push(...nodeAffinityErrors(affinity, oldAffinity));
  const { nodeAffinity: _, ...others } = rest.affinity ?? {};
  const hasOthers = Object.values(others).some((value) => value !== undefined);
  if (!oldAffinity && !hasOthers && !old.affinity) rest.affinity = undefined;
  else rest.affinity = oldAffinity ? { ...others, nodeAffinity: oldAffinity } : others;
  return errors;
}

const WANTED = 'requiredDuringSchedulingIgnoredDuringExecution';
function nodeAffinityErrors(affinity: NodeAffinity | undefined, old: NodeAffinity | undefined): FieldError[] {
  const before = old?.[WANTED]?.nodeSelectorTerms ?? [];
  if (!old?.[WANTED] || before.length === 0) return [];
  const after = affinity?.[WANTED]?.nodeSelectorTerms ?? [];
  const path = child('spec.affinity.nodeAffinity', WANTED, 'nodeSelectorTerms');
  if (before.length !== after.length) {
    const printed = affinity?.[WANTED] ? after.map(goTerm) : null;
    return [invalid(path, printed, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')];
  }
  return before.flatMap((term, i) => {
    const now = after[i] ?? {};
    return onlyAddsTo(term, now) ? [] : [invalid(index(path, i), goTerm(now), 'only additions are allowed (no mutations or deletions)')];
  });
}
// Upstream prints its internal structs, whose members have Go's names.
function goTerm({ matchExpressions, matchFields }: NodeSelectorTerm): object {
  const list = (requirements: readonly NodeSelectorRequirement[] | undefined): object[] | null =>
    requirements?.map(({ key, operator, values }) => ({ Key: key, Operator: operator, Values: values ?? null })) ?? null;
  return { MatchExpressions: list(matchExpressions), MatchFields: list(matchFields) };
}
function onlyAddsTo(before: NodeSelectorTerm, after: NodeSelectorTerm): boolean {
  const lists = [
    [before.matchExpressions ?? [], after.matchExpressions ?? []],
    [before.matchFields ?? [], after.matchFields ?? []],
  ] as const;
  // A term without requirements selects nothing: one with some is another.
  if (lists.every(([old]) => old.length === 0)) return lists.every(([, now]) => now.length === 0);
  return lists.every(([old, now]) => now.length >= old.length && isSame(now.slice(0, old.length), old));
}
