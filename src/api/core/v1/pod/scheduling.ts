import type { Affinity, NodeAffinity, PodAffinity, PodAffinityTerm, Toleration, TopologySpreadConstraint } from '#api/types/core-v1';
import type { LabelSelector } from '#api/types/meta-v1';
import { child, duplicate, type FieldError, forbidden, index, invalid, notSupported, required } from '../../../machinery/field-error.ts';
import { isDns1123Label, isLabelValue, isQualifiedName } from '../../../machinery/names.ts';
import { validateLabelSelector } from '../../../machinery/selector.ts';
import { invalidEach } from './checks.ts';
import { hasInvalidNodeValues, validateNodeSelector, validateNodeSelectorTerm } from './node-selector.ts';
import type { PodRules } from './rules.ts';

/** Which nodes and which other Pods a Pod wants to be with or without. */
export function validateAffinity(affinity: Affinity | undefined, rules: PodRules, path: string): FieldError[] {
  if (!affinity) return [];
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  const allowInvalidValues = hasInvalidSelectorValues(rules.old?.affinity);
  return [
    ...(nodeAffinity ? validateNodeAffinity(nodeAffinity, rules, child(path, 'nodeAffinity')) : []),
    ...(podAffinity ? validatePodAffinity(podAffinity, child(path, 'podAffinity'), allowInvalidValues) : []),
    ...(podAntiAffinity ? validatePodAffinity(podAntiAffinity, child(path, 'podAntiAffinity'), allowInvalidValues) : []),
  ];
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

function validateNodeAffinity(affinity: NodeAffinity, { old }: PodRules, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const wanted = affinity[REQUIRED];
  if (wanted) {
    const allowInvalidValues = hasInvalidNodeValues(old?.affinity?.nodeAffinity?.[REQUIRED]?.nodeSelectorTerms);
    errors.push(...validateNodeSelector(wanted, child(path, REQUIRED), { allowInvalidValues }));
  }
  for (const [i, { weight, preference }] of (affinity[PREFERRED] ?? []).entries()) {
    const at = index(child(path, PREFERRED), i);
    errors.push(...weightErrors(weight, at), ...validateNodeSelectorTerm(preference, child(at, 'preference'), { allowInvalidValues: true }));
  }
  return errors;
}
function weightErrors(weight: number, path: string): FieldError[] {
  return weight <= 0 || weight > 100 ? [invalid(child(path, 'weight'), weight, 'must be in the range 1-100')] : [];
}

function validatePodAffinity(affinity: PodAffinity, path: string, allowInvalidValues: boolean): FieldError[] {
  const errors = (affinity[REQUIRED] ?? []).flatMap((term, i) => validateAffinityTerm(term, index(child(path, REQUIRED), i), allowInvalidValues));
  for (const [i, { weight, podAffinityTerm }] of (affinity[PREFERRED] ?? []).entries()) {
    const at = index(child(path, PREFERRED), i);
    errors.push(...weightErrors(weight, at), ...validateAffinityTerm(podAffinityTerm, child(at, 'podAffinityTerm'), allowInvalidValues));
  }
  return errors;
}

function validateAffinityTerm(term: PodAffinityTerm, path: string, allowInvalidValues: boolean): FieldError[] {
  const { labelSelector, namespaceSelector, namespaces, topologyKey, matchLabelKeys, mismatchLabelKeys } = term;
  const errors = [
    ...validateLabelSelector(labelSelector, child(path, 'labelSelector'), { allowInvalidValues }),
    ...validateLabelSelector(namespaceSelector, child(path, 'namespaceSelector'), { allowInvalidValues }),
  ];
  for (const name of namespaces ?? []) errors.push(...invalidEach(child(path, 'namespace'), name, isDns1123Label(name)));
  errors.push(...labelKeyErrors(path, matchLabelKeys, mismatchLabelKeys, labelSelector));
  if (!topologyKey) errors.push(required(child(path, 'topologyKey'), 'can not be empty'));
  return [...errors, ...invalidEach(child(path, 'topologyKey'), topologyKey, isQualifiedName(topologyKey))];
}
/** Older versions let in selectors with values that no label has. */
function hasInvalidSelectorValues(old: Affinity | undefined): boolean {
  return [old?.podAffinity, old?.podAntiAffinity].some((kind) => {
    const terms = [...(kind?.[REQUIRED] ?? []), ...(kind?.[PREFERRED] ?? []).map(({ podAffinityTerm }) => podAffinityTerm)];
    return terms.some(({ labelSelector, namespaceSelector }) => hasInvalidValues(labelSelector) || hasInvalidValues(namespaceSelector));
  });
}
function hasInvalidValues(selector: LabelSelector | undefined): boolean {
  return (selector?.matchExpressions ?? []).some(({ values }) => (values ?? []).some((value) => isLabelValue(value).length > 0));
}

/**
 * Keys whose values are taken from the Pod's own labels. When a Pod is judged they are in its selector already, so that a key which
 * its author put there as well is there twice.
 */
function labelKeyErrors(path: string, match: readonly string[] = [], mismatch: readonly string[] = [], selector: LabelSelector | undefined): FieldError[] {
  if (!match.length && !mismatch.length) return [];
  const errors = [...keyNameErrors(child(path, 'matchLabelKeys'), match, selector), ...keyNameErrors(child(path, 'mismatchLabelKeys'), mismatch, selector)];
  const inSelector = new Set(Object.keys(selector?.matchLabels ?? {}));
  for (const { key } of selector?.matchExpressions ?? []) {
    const i = match.lastIndexOf(key);
    // Upstream's path lacks the name of the list.
    if (i >= 0 && inSelector.has(key)) errors.push(invalid(index(path, i), key, 'exists in both matchLabelKeys and labelSelector'));
    inSelector.add(key);
  }
  for (const [i, key] of match.entries())
    if (mismatch.includes(key)) errors.push(invalid(index(child(path, 'matchLabelKeys'), i), key, 'exists in both matchLabelKeys and mismatchLabelKeys'));
  return errors;
}
function keyNameErrors(path: string, keys: readonly string[], selector: LabelSelector | undefined): FieldError[] {
  if (!keys.length) return [];
  if (!selector) return [forbidden(path, 'must not be specified when labelSelector is not set')];
  return keys.flatMap((key, i) => invalidEach(index(path, i), key, isQualifiedName(key)));
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Which taints of nodes a Pod puts up with. */
export function validateTolerations(tolerations: readonly Toleration[] | undefined, path: string): FieldError[] {
  return (tolerations ?? []).flatMap((toleration, i) => {
    const at = index(path, i);
    const { key, operator = '' as never, value = '', effect, tolerationSeconds } = toleration;
    const errors = key ? invalidEach(child(at, 'key'), key, isQualifiedName(key)) : [];
    const operatorPath = child(at, 'operator');
    if (!key && operator !== 'Exists') {
      errors.push(invalid(operatorPath, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"'));
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      errors.push(invalid(child(at, 'effect'), effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
    if (operator === 'Equal' || (operator as string) === '') {
      const messages = isLabelValue(value);
      if (messages.length) errors.push(invalid(operatorPath, value, messages.join(';')));
    } else if (operator === 'Exists') {
      if (value) errors.push(invalid(operatorPath, value, "value must be empty when `operator` is 'Exists'"));
    } else errors.push(notSupported(operatorPath, operator, ['Equal', 'Exists']));
    if (effect && !EFFECTS.includes(effect)) errors.push(notSupported(child(at, 'effect'), effect, EFFECTS));
    return errors;
  });
}

const ACTIONS = ['DoNotSchedule', 'ScheduleAnyway'];

/** How evenly a Pod's likes are to be spread. */
export function validateTopologySpread(constraints: readonly TopologySpreadConstraint[] | undefined, { old }: PodRules, path: string): FieldError[] {
  const keepsInvalidSelectors = (old?.topologySpreadConstraints ?? []).some(({ labelSelector }) => validateLabelSelector(labelSelector, '').length > 0);
  return (constraints ?? []).flatMap((constraint, i, all) => {
    const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector } = constraint;
    const at = index(path, i);
    const errors: FieldError[] = [];
    if (maxSkew <= 0) errors.push(invalid(child(at, 'maxSkew'), maxSkew, 'must be greater than zero'));
    if (!topologyKey) errors.push(required(child(at, 'topologyKey'), 'can not be empty'));
    if (!ACTIONS.includes(whenUnsatisfiable)) errors.push(notSupported(child(at, 'whenUnsatisfiable'), whenUnsatisfiable ?? '', ACTIONS));
    if (all.slice(i + 1).some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable))
      errors.push(duplicate(child(at, '{topologyKey, whenUnsatisfiable}'), `{${topologyKey}, ${whenUnsatisfiable}}`));
    errors.push(...spreadDetails(constraint, at), ...labelKeyErrors(at, constraint.matchLabelKeys, [], labelSelector));
    return keepsInvalidSelectors ? errors : [...errors, ...validateLabelSelector(labelSelector, child(at, 'labelSelector'))];
  });
}

function spreadDetails({ minDomains, whenUnsatisfiable, nodeAffinityPolicy, nodeTaintsPolicy }: TopologySpreadConstraint, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (minDomains !== undefined) {
    if (minDomains <= 0) errors.push(invalid(child(path, 'minDomains'), minDomains, 'must be greater than zero'));
    if (whenUnsatisfiable !== 'DoNotSchedule') {
      const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable ?? ''}`;
      errors.push(invalid(child(path, 'minDomains'), minDomains, detail));
    }
  }
  for (const [field, policy] of [
    ['nodeAffinityPolicy', nodeAffinityPolicy],
    ['nodeTaintsPolicy', nodeTaintsPolicy],
  ] as const) {
    if (policy !== undefined && policy !== 'Honor' && policy !== 'Ignore') errors.push(notSupported(child(path, field), policy, ['Honor', 'Ignore']));
  }
  return errors;
}
