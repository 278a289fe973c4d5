import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '#api/types/apps-v1';
import { child, type FieldError, forbidden, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import {
  notMoreThanAll,
  specNotNegative,
  validateCountOrPercent,
  validateLongRunningTemplate,
  validateSelectedTemplate,
  validateSelectorMatch,
  validateWorkloadSelector,
} from '../../workload/validation.ts';

const UNREADABLE = 'invalid label selector';

/** What is wrong with a Deployment. */
export function validateDeployment({ spec }: Deployment): FieldError[] {
  const errors: FieldError[] = [
    ...specNotNegative('replicas', spec.replicas),
    ...validateWorkloadSelector(spec, { noun: 'deployment' }),
    ...validateSelectedTemplate(spec, 'ReplicaSet', UNREADABLE),
    ...validateDeploymentStrategy(spec.strategy, 'spec.strategy'),
    ...specNotNegative('minReadySeconds', spec.minReadySeconds),
    ...specNotNegative('revisionHistoryLimit', spec.revisionHistoryLimit),
    ...specNotNegative('progressDeadlineSeconds', spec.progressDeadlineSeconds),
  ];
  if (spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds <= (spec.minReadySeconds ?? 0)) {
    errors.push(invalid('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds, 'must be greater than minReadySeconds'));
  }
  return errors;
}

function validateDeploymentStrategy(strategy: Deployment['spec']['strategy'], path: string): FieldError[] {
  if (strategy?.type === 'Recreate') {
    const isRolling = strategy.rollingUpdate !== undefined;
    return isRolling ? [forbidden(child(path, 'rollingUpdate'), "may not be specified when strategy `type` is 'Recreate'")] : [];
  }
  if (strategy?.type !== 'RollingUpdate') return [notSupported(child(path, 'type'), strategy?.type ?? '', ['Recreate', 'RollingUpdate'])];
  const at = child(path, 'rollingUpdate');
  if (!strategy.rollingUpdate) return [required(at, 'this should be defaulted and never be nil')];
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate;
  const errors = [...validateCountOrPercent(child(at, 'maxUnavailable'), maxUnavailable), ...validateCountOrPercent(child(at, 'maxSurge'), maxSurge)];
  if (isZero(maxUnavailable) && isZero(maxSurge)) errors.push(invalid(child(at, 'maxUnavailable'), maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  return [...errors, ...notMoreThanAll(child(at, 'maxUnavailable'), maxUnavailable)];
}
function isZero(value: number | string | undefined): boolean {
  return value === 0 || value === '0%';
}

/** A selector is for ever. */
export function validateSelectorUpdate<T extends { spec: { selector: unknown } }>(object: T, old: T): FieldError[] {
  return validateImmutable(object.spec.selector, old.spec.selector, 'spec.selector');
}

/** What is wrong with a ReplicaSet. */
export function validateReplicaSet({ spec }: ReplicaSet): FieldError[] {
  const template = spec.template ?? {};
  return [
    ...specNotNegative('replicas', spec.replicas),
    ...specNotNegative('minReadySeconds', spec.minReadySeconds),
    ...validateWorkloadSelector({ selector: spec.selector, template }, { noun: 'deployment' }),
    ...validateSelectedTemplate({ selector: spec.selector, template }, 'ReplicaSet', UNREADABLE),
  ];
}

/** What is wrong with a StatefulSet. */
export function validateStatefulSet({ spec }: StatefulSet): FieldError[] {
  const { podManagementPolicy, updateStrategy, persistentVolumeClaimRetentionPolicy: retention } = spec;
  const errors: FieldError[] = [];
  if (!podManagementPolicy) errors.push(required('spec.podManagementPolicy'));
  else if (podManagementPolicy !== 'OrderedReady' && podManagementPolicy !== 'Parallel') {
    errors.push(invalid('spec.podManagementPolicy', podManagementPolicy, "must be 'OrderedReady' or 'Parallel'"));
  }
  errors.push(...validateStatefulStrategy(updateStrategy, 'spec.updateStrategy'));
  for (const field of ['whenDeleted', 'whenScaled'] as const) {
    const policy = retention?.[field];
    if (policy && policy !== 'Retain' && policy !== 'Delete') {
      errors.push(notSupported(child('spec.persistentVolumeClaimRetentionPolicy', field), policy, ['Retain', 'Delete']));
    }
  }
  errors.push(...specNotNegative('replicas', spec.replicas), ...specNotNegative('minReadySeconds', spec.minReadySeconds));
  if (spec.ordinals?.start !== undefined && spec.ordinals.start < 0) {
    errors.push(invalid('spec.ordinals.start', spec.ordinals.start, 'must be greater than or equal to 0'));
  }
  errors.push(
    ...validateWorkloadSelector(spec, { noun: 'statefulset' }),
    ...(spec.selector ? validateSelectedTemplate(spec, 'StatefulSet', '') : validateSelectorMatch(spec)),
    ...specNotNegative('revisionHistoryLimit', spec.revisionHistoryLimit),
  );
  return errors;
}

function validateStatefulStrategy(strategy: StatefulSet['spec']['updateStrategy'], path: string): FieldError[] {
  switch (strategy?.type) {
    case 'OnDelete':
      if (!strategy.rollingUpdate) return [];
      return [invalid(child(path, 'rollingUpdate'), goStatefulRollout(strategy.rollingUpdate), "only allowed for updateStrategy 'RollingUpdate'")];
    case 'RollingUpdate': {
      const partition = strategy.rollingUpdate?.partition ?? 0;
      const errors = partition < 0 ? [invalid(child(path, 'rollingUpdate', 'partition'), partition, 'must be greater than or equal to 0')] : [];
      const max = strategy.rollingUpdate?.maxUnavailable;
      const at = child(path, 'rollingUpdate', 'maxUnavailable');
      if (isZero(max)) errors.push(invalid(at, max, 'cannot be 0'));
      return [...errors, ...validateCountOrPercent(at, max), ...notMoreThanAll(at, max)];
    }
    default:
      return strategy?.type ? [invalid(path, goStrategy(strategy, goStatefulRollout), "must be 'RollingUpdate' or 'OnDelete'")] : [required(path)];
  }
}

const STATEFUL_UPDATABLE = [
  "'replicas'",
  "'ordinals'",
  "'template'",
  "'updateStrategy'",
  "'revisionHistoryLimit'",
  "'persistentVolumeClaimRetentionPolicy'",
] as const;

/** What may not change of a StatefulSet: all that its Pods' names, claims and order hang on. */
export function validateStatefulSetUpdate({ spec }: StatefulSet, old: StatefulSet): FieldError[] {
  const { replicas, ordinals, template, updateStrategy, revisionHistoryLimit, persistentVolumeClaimRetentionPolicy, minReadySeconds } = spec;
  const allowed = { ...old.spec, replicas, ordinals, template, updateStrategy, revisionHistoryLimit, persistentVolumeClaimRetentionPolicy, minReadySeconds };
  if (jsonEqual(spec as unknown as JsonValue, allowed as unknown as JsonValue)) return [];
  return [forbidden('spec', `updates to statefulset spec for fields other than ${STATEFUL_UPDATABLE.join(', ')} and 'minReadySeconds' are forbidden`)];
}

/** What is wrong with a DaemonSet. */
export function validateDaemonSet({ spec }: DaemonSet): FieldError[] {
  return [
    ...validateWorkloadSelector(spec, { noun: 'daemonset', mayLackSelector: true }),
    ...validateSelectorMatch(spec),
    ...validateLongRunningTemplate(spec.template, 'DaemonSet'),
    ...specNotNegative('minReadySeconds', spec.minReadySeconds),
    ...validateDaemonStrategy(spec.updateStrategy, 'spec.updateStrategy'),
    ...specNotNegative('revisionHistoryLimit', spec.revisionHistoryLimit),
  ];
}

function validateDaemonStrategy(strategy: DaemonSet['spec']['updateStrategy'], path: string): FieldError[] {
  if (strategy?.type === 'OnDelete') return [];
  if (strategy?.type !== 'RollingUpdate') return [notSupported(path, goStrategy(strategy, goDaemonRollout), ['RollingUpdate', 'OnDelete'])];
  const at = child(path, 'rollingUpdate');
  if (!strategy.rollingUpdate) return [required(at)];
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate;
  const errors: FieldError[] = [];
  for (const [field, value] of [
    ['maxUnavailable', maxUnavailable],
    ['maxSurge', maxSurge],
  ] as const) {
    errors.push(...validateCountOrPercent(child(at, field), value), ...notMoreThanAll(child(at, field), value));
  }
  const [surges, stops] = [!isZero(maxSurge) && maxSurge !== undefined, !isZero(maxUnavailable) && maxUnavailable !== undefined];
  if (surges && stops) errors.push(invalid(child(at, 'maxSurge'), maxSurge, 'may not be set when maxUnavailable is non-zero'));
  if (!surges && !stops) errors.push(required(child(at, 'maxUnavailable'), 'cannot be 0 when maxSurge is 0'));
  return errors;
}

// Upstream prints its internal structs here, whose members have Go's names.
type StatefulRollout = { partition?: number | undefined; maxUnavailable?: number | string | undefined };
type DaemonRollout = { maxUnavailable?: number | string | undefined; maxSurge?: number | string | undefined };
function goStrategy<T>(strategy: { type?: string | undefined; rollingUpdate?: T | undefined } | undefined, print: (rollout: T) => object): object {
  return { Type: strategy?.type ?? '', RollingUpdate: strategy?.rollingUpdate ? print(strategy.rollingUpdate) : null };
}
function goStatefulRollout({ partition = 0, maxUnavailable }: StatefulRollout): object {
  return { Partition: partition, MaxUnavailable: maxUnavailable ?? null };
}
function goDaemonRollout({ maxUnavailable = 0, maxSurge = 0 }: DaemonRollout): object {
  return { MaxUnavailable: maxUnavailable, MaxSurge: maxSurge };
}
