import type {
  Affinity,
  NodeAffinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
} from '#api/types/core-v1';
import { child, duplicate, type FieldError, forbidden, index, invalid, notSupported, required } from '../../../machinery/field-error.ts';
import { isDns1123Label, isDns1123Subdomain, isLabelValue, isQualifiedName } from '../../../machinery/names.ts';
import { validateLabelSelector } from '../../../machinery/selector.ts';
import { invalidEach } from './checks.ts';

/** Which nodes and which other Pods a Pod wants to be with or without. */
export function validateAffinity(affinity: Affinity | undefined, path: string): FieldError[] {
  if (!affinity) return [];
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  return [
    ...(nodeAffinity ? validateNodeAffinity(nodeAffinity, child(path, 'nodeAffinity')) : []),
    ...(podAffinity ? validatePodAffinity(podAffinity, child(path, 'podAffinity')) : []),
    ...(podAntiAffinity ? validatePodAffinity(podAntiAffinity, child(path, 'podAntiAffinity')) : []),
  ];
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

function validateNodeAffinity(affinity: NodeAffinity, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const wanted = affinity[REQUIRED];
  if (wanted) {
    const terms = child(path, REQUIRED, 'nodeSelectorTerms');
    if (!wanted.nodeSelectorTerms?.length) errors.push(required(terms, 'must have at least one node selector term'));
    for (const [i, term] of (wanted.nodeSelectorTerms ?? []).entries()) errors.push(...validateNodeSelectorTerm(term, index(terms, i)));
  }
  for (const [i, { weight, preference }] of (affinity[PREFERRED] ?? []).entries()) {
    const at = index(child(path, PREFERRED), i);
    errors.push(...weightErrors(weight, at), ...validateNodeSelectorTerm(preference, child(at, 'preference')));
  }
  return errors;
}
function weightErrors(weight: number, path: string): FieldError[] {
  return weight <= 0 || weight > 100 ? [invalid(child(path, 'weight'), weight, 'must be in the range 1-100')] : [];
}

/** One alternative of a node selector, also of PersistentVolumes. */
export function validateNodeSelectorTerm({ matchExpressions, matchFields }: NodeSelectorTerm, path: string): FieldError[] {
  return [
    ...(matchExpressions ?? []).flatMap((requirement, i) => validateRequirement(requirement, index(child(path, 'matchExpressions'), i))),
    ...(matchFields ?? []).flatMap((requirement, i) => validateFieldRequirement(requirement, index(child(path, 'matchFields'), i))),
  ];
}

function validateRequirement({ key, operator, values }: NodeSelectorRequirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = child(path, 'values');
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (!values?.length) errors.push(required(at, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values?.length) errors.push(forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      break;
    case 'Gt':
    case 'Lt':
      if (values?.length !== 1) errors.push(required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      break;
    default:
      errors.push(invalid(child(path, 'operator'), operator, 'not a valid selector operator'));
  }
  errors.push(...invalidEach(child(path, 'key'), key, isQualifiedName(key)));
  for (const [i, value] of (values ?? []).entries()) errors.push(...invalidEach(index(at, i), value, isLabelValue(value)));
  return errors;
}

function validateFieldRequirement({ key, operator, values }: NodeSelectorRequirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values?.length !== 1) errors.push(required(child(path, 'values'), "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
  } else errors.push(invalid(child(path, 'operator'), operator, 'not a valid selector operator'));
  if (key !== 'metadata.name') return [...errors, invalid(child(path, 'key'), key, 'not a valid field selector key')];
  for (const [i, value] of (values ?? []).entries()) errors.push(...invalidEach(index(child(path, 'values'), i), value, isDns1123Subdomain(value)));
  return errors;
}

function validatePodAffinity(affinity: PodAffinity, path: string): FieldError[] {
  const errors = (affinity[REQUIRED] ?? []).flatMap((term, i) => validateAffinityTerm(term, index(child(path, REQUIRED), i)));
  for (const [i, { weight, podAffinityTerm }] of (affinity[PREFERRED] ?? []).entries()) {
    const at = index(child(path, PREFERRED), i);
    errors.push(...weightErrors(weight, at), ...validateAffinityTerm(podAffinityTerm, child(at, 'podAffinityTerm')));
  }
  return errors;
}

function validateAffinityTerm({ labelSelector, namespaceSelector, namespaces, topologyKey }: PodAffinityTerm, path: string): FieldError[] {
  const errors = [
    ...validateLabelSelector(labelSelector, child(path, 'labelSelector')),
    ...validateLabelSelector(namespaceSelector, child(path, 'namespaceSelector')),
  ];
  for (const name of namespaces ?? []) errors.push(...invalidEach(child(path, 'namespace'), name, isDns1123Label(name)));
  if (!topologyKey) errors.push(required(child(path, 'topologyKey'), 'can not be empty'));
  return [...errors, ...invalidEach(child(path, 'topologyKey'), topologyKey, isQualifiedName(topologyKey))];
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
      // Upstream prints its internal struct here, whose members have Go's names.
      const printed = { Key: key ?? '', Operator: operator, Value: value, Effect: effect ?? '', TolerationSeconds: tolerationSeconds ?? null };
      if (value) errors.push(invalid(operatorPath, printed, "value must be empty when `operator` is 'Exists'"));
    } else errors.push(notSupported(operatorPath, operator, ['Equal', 'Exists']));
    if (effect && !EFFECTS.includes(effect)) errors.push(notSupported(child(at, 'effect'), effect, EFFECTS));
    return errors;
  });
}

/** How evenly a Pod's likes are to be spread. */
export function validateTopologySpread(constraints: readonly TopologySpreadConstraint[] | undefined, path: string): FieldError[] {
  const seen = new Set<string>();
  return (constraints ?? []).flatMap(({ maxSkew, topologyKey, whenUnsatisfiable, minDomains, labelSelector, nodeAffinityPolicy, nodeTaintsPolicy }, i) => {
    const at = index(path, i);
    const errors: FieldError[] = [];
    if (maxSkew <= 0) errors.push(invalid(child(at, 'maxSkew'), maxSkew, 'must be greater than zero'));
    if (!topologyKey) errors.push(required(child(at, 'topologyKey'), 'can not be empty'));
    else errors.push(...invalidEach(child(at, 'topologyKey'), topologyKey, isQualifiedName(topologyKey)));
    const actions = ['DoNotSchedule', 'ScheduleAnyway'];
    if (!actions.includes(whenUnsatisfiable)) errors.push(notSupported(child(at, 'whenUnsatisfiable'), whenUnsatisfiable, actions));
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`;
    if (seen.has(pair)) errors.push(duplicate(child(at, '{topologyKey, whenUnsatisfiable}'), pair));
    seen.add(pair);
    if (minDomains !== undefined) {
      if (minDomains <= 0) errors.push(invalid(child(at, 'minDomains'), minDomains, 'must be greater than 0'));
      if (whenUnsatisfiable !== 'DoNotSchedule') {
        const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
        errors.push(invalid(child(at, 'minDomains'), minDomains, detail));
      }
    }
    for (const [field, policy] of [
      ['nodeAffinityPolicy', nodeAffinityPolicy],
      ['nodeTaintsPolicy', nodeTaintsPolicy],
    ] as const) {
      if (policy !== undefined && policy !== 'Honor' && policy !== 'Ignore') errors.push(notSupported(child(at, field), policy, ['Honor', 'Ignore']));
    }
    return [...errors, ...validateLabelSelector(labelSelector, child(at, 'labelSelector'))];
  });
}
