import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from '#api/types/apps-v1';
import type { PodTemplateSpec } from '#api/types/core-v1';
import { validateClaimSpec } from '../../core/v1/claim-validation.ts';
import { validatePodTemplate } from '../../core/v1/pod/validation.ts';
import { child, type FieldError, forbidden, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { isDns1123Label } from '../../machinery/names.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import {
  collisionErrors,
  countErrors,
  isReadableSelector,
  longRunningErrors,
  moreThanReplicas,
  notMoreThanAll,
  printedSelector,
  specNotNegative,
  validateCountOrPercent,
  validateLongRunningTemplate,
  validateSelectedTemplate,
  validateSelectorMatch,
  validateWorkloadSelector,
} from '../../workload/validation.ts';

const UNREADABLE = 'invalid label selector';

/** What is wrong with a Deployment; `old` is the stored one. */
export function validateDeployment({ spec }: Deployment, old?: Deployment): FieldError[] {
  const errors: FieldError[] = [
    ...specNotNegative('replicas', spec.replicas),
    ...validateWorkloadSelector(spec, { noun: 'deployment' }),
    ...validateSelectedTemplate(spec, 'ReplicaSet', UNREADABLE, old?.spec.template),
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
  if (strategy?.type !== 'RollingUpdate') return [notSupported(path, goStrategy(strategy, goDaemonRollout), ['Recreate', 'RollingUpdate'])];
  const at = child(path, 'rollingUpdate');
  if (!strategy.rollingUpdate) return [required(at, 'this should be defaulted and never be nil')];
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate;
  const errors = [...validateCountOrPercent(child(at, 'maxUnavailable'), maxUnavailable), ...validateCountOrPercent(child(at, 'maxSurge'), maxSurge)];
  if (isZero(maxUnavailable) && isZero(maxSurge)) errors.push(invalid(child(at, 'maxUnavailable'), maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  return [...errors, ...notMoreThanAll(child(at, 'maxUnavailable'), maxUnavailable)];
}
/** What is no number counts for nothing, as in Go. */
function isZero(value: number | string | undefined): boolean {
  if (typeof value !== 'string') return !value;
  return !Number(/^(\d+)%$/.exec(value)?.[1] ?? /^[+-]?\d+$/.exec(value)?.[0] ?? 0);
}

/** A changed Deployment is right, and keeps its selector. Judges the whole. */
export function validateDeploymentUpdate(object: Deployment, old: Deployment): FieldError[] {
  return [...validateDeployment(object, old), ...selectorChange(object, old)];
}
/** A selector is for ever; none is a nil pointer. */
function selectorChange<T extends { spec: { selector?: unknown } }>(object: T, old: T): FieldError[] {
  return validateImmutable(object.spec.selector ?? undefined, old.spec.selector ?? undefined, 'spec.selector');
}

/** What is wrong with a Deployment's new status. */
export function validateDeploymentStatus({ status }: Deployment, { status: old }: Deployment): FieldError[] {
  return [
    ...countErrors(status, [
      'observedGeneration',
      'replicas',
      'updatedReplicas',
      'readyReplicas',
      'availableReplicas',
      'unavailableReplicas',
      'collisionCount',
    ]),
    ...moreThanReplicas(status, ['updatedReplicas', 'readyReplicas', 'availableReplicas']),
    ...availableErrors(status, 'readyReplicas'),
    ...collisionErrors(status, old),
  ];
}
/** Only what is ready can be available. */
function availableErrors(status: { availableReplicas?: number | undefined; readyReplicas?: number | undefined } | undefined, noun: string): FieldError[] {
  const available = status?.availableReplicas ?? 0;
  return available > (status?.readyReplicas ?? 0) ? [invalid('status.availableReplicas', available, `cannot be greater than ${noun}`)] : [];
}

/** What is wrong with a ReplicaSet; `old` is the stored one. */
export function validateReplicaSet({ spec }: ReplicaSet, old?: ReplicaSet): FieldError[] {
  const template = spec.template ?? {};
  return [
    ...specNotNegative('replicas', spec.replicas),
    ...specNotNegative('minReadySeconds', spec.minReadySeconds),
    ...validateWorkloadSelector({ selector: spec.selector, template }, { noun: 'deployment' }),
    ...validateSelectedTemplate({ selector: spec.selector, template }, 'ReplicaSet', UNREADABLE, old?.spec.template),
  ];
}
/** Judges the whole, and as upstream counts what is wrong with the spec twice. */
export function validateReplicaSetUpdate(object: ReplicaSet, old: ReplicaSet): FieldError[] {
  return [...validateReplicaSet(object, old), ...validateReplicaSet(object, old), ...selectorChange(object, old)];
}
/** What is wrong with the new status of a ReplicaSet, or of a ReplicationController. */
export function validateReplicaSetStatus({ status }: Pick<ReplicaSet, 'status'>): FieldError[] {
  return [
    ...countErrors(status, ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration']),
    ...moreThanReplicas(status, ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']),
    ...availableErrors(status, 'readyReplicas'),
  ];
}

/** What is wrong with a StatefulSet. */
export function validateStatefulSet(object: StatefulSet): FieldError[] {
  return validateStatefulSpec(object, undefined, true);
}

/** `checksTemplate`: what a stored one has wrong stays. */
function validateStatefulSpec({ spec }: StatefulSet, old: StatefulSet | undefined, checksTemplate: boolean): FieldError[] {
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
  errors.push(...specNotNegative('ordinals.start', spec.ordinals?.start));
  if (!old && spec.serviceName) for (const message of isDns1123Label(spec.serviceName)) errors.push(invalid('spec.serviceName', spec.serviceName, message));
  errors.push(...validateWorkloadSelector(spec, { noun: 'statefulset' }), ...statefulTemplateErrors(spec, old?.spec.template, checksTemplate));
  if (!old) errors.push(...(spec.volumeClaimTemplates ?? []).flatMap((claim, i) => validateClaimSpec(claim.spec, `spec.volumeClaimTemplates[${i}].spec`)));
  return [...errors, ...longRunningErrors(spec.template, 'StatefulSet')];
}

function statefulTemplateErrors(spec: StatefulSet['spec'], old: PodTemplateSpec | undefined, checksTemplate: boolean): FieldError[] {
  if (spec.selector && !isReadableSelector(spec.selector)) return [invalid('spec.selector', printedSelector(spec.selector), '')];
  const errors = validateSelectorMatch(spec);
  return checksTemplate ? [...errors, ...validatePodTemplate(withClaims(spec), 'spec.template', old)] : errors;
}
/** The template as its Pods have it: with a volume for each claim, which comes before another of that name. */
function withClaims({ template, volumeClaimTemplates: claims }: StatefulSet['spec']): PodTemplateSpec {
  if (!claims?.length || !template.spec) return template;
  const names = new Set(claims.map(({ metadata }) => metadata?.name));
  const own = (template.spec.volumes ?? []).filter(({ name }) => !names.has(name));
  const made = claims.map(({ metadata }) => ({ name: metadata?.name ?? '', persistentVolumeClaim: { claimName: metadata?.name ?? '' } }));
  return { ...template, spec: { ...template.spec, volumes: [...own, ...made] } };
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
      if (max === undefined) return errors;
      const at = child(path, 'rollingUpdate', 'maxUnavailable');
      errors.push(...validateCountOrPercent(at, max));
      if (isZero(max)) errors.push(invalid(at, max, 'cannot be 0'));
      return [...errors, ...notMoreThanAll(at, max)];
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

/** What may not change of a StatefulSet: all that its Pods' names, claims and order hang on. Judges the whole. */
export function validateStatefulSetUpdate(object: StatefulSet, old: StatefulSet): FieldError[] {
  const { spec } = object;
  const errors = validateStatefulSpec(object, old, validateStatefulSpec(old, old, true).length === 0);
  const { replicas, ordinals, template, updateStrategy, revisionHistoryLimit, persistentVolumeClaimRetentionPolicy, minReadySeconds } = spec;
  const allowed = { ...old.spec, replicas, ordinals, template, updateStrategy, revisionHistoryLimit, persistentVolumeClaimRetentionPolicy, minReadySeconds };
  if (jsonEqual(spec as unknown as JsonValue, allowed as unknown as JsonValue)) return errors;
  return [
    ...errors,
    forbidden('spec', `updates to statefulset spec for fields other than ${STATEFUL_UPDATABLE.join(', ')} and 'minReadySeconds' are forbidden`),
  ];
}

/** What is wrong with a StatefulSet's new status. */
export function validateStatefulSetStatus({ status }: StatefulSet, { status: old }: StatefulSet): FieldError[] {
  const counts = ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas', 'observedGeneration', 'collisionCount'] as const;
  return [
    ...countErrors(status, counts),
    ...moreThanReplicas(status, ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas']),
    ...availableErrors(status, 'status.readyReplicas'),
    ...collisionErrors(status, old),
  ];
}

/** What is wrong with a DaemonSet; `old` is the stored one. */
export function validateDaemonSet({ spec }: DaemonSet, old?: DaemonSet): FieldError[] {
  return [
    ...validateWorkloadSelector(spec, { noun: 'daemonset', mayLackSelector: true }),
    ...validateSelectorMatch(spec),
    ...validateLongRunningTemplate(spec.template, 'DaemonSet', old?.spec.template),
    ...specNotNegative('minReadySeconds', spec.minReadySeconds),
    ...validateDaemonStrategy(spec.updateStrategy, 'spec.updateStrategy'),
    ...specNotNegative('revisionHistoryLimit', spec.revisionHistoryLimit),
  ];
}
/** Judges the whole, and as upstream counts what is wrong with the spec twice. */
export function validateDaemonSetUpdate(object: DaemonSet, old: DaemonSet): FieldError[] {
  return [...validateDaemonSet(object, old), ...validateDaemonSet(object, old), ...selectorChange(object, old)];
}
/** What is wrong with a DaemonSet's new status. */
export function validateDaemonSetStatus({ status }: DaemonSet, { status: old }: DaemonSet): FieldError[] {
  const counts = [
    'currentNumberScheduled',
    'numberMisscheduled',
    'desiredNumberScheduled',
    'numberReady',
    'observedGeneration',
    'updatedNumberScheduled',
    'numberAvailable',
    'numberUnavailable',
    'collisionCount',
  ] as const;
  return [...countErrors(status, counts), ...collisionErrors(status, old)];
}

/** What is wrong with a ControllerRevision. */
export function validateControllerRevision({ data, revision }: ControllerRevision): FieldError[] {
  const errors = data === undefined || data === null ? [required('data', 'data is mandatory')] : [];
  if (revision < 0) errors.push(invalid('revision', revision, 'must be greater than or equal to 0'));
  return errors;
}
/** What a revision says is for ever. */
export function validateControllerRevisionUpdate({ data }: ControllerRevision, old: ControllerRevision): FieldError[] {
  return validateImmutable(data ?? undefined, old.data, 'data');
}

function validateDaemonStrategy(strategy: DaemonSet['spec']['updateStrategy'], path: string): FieldError[] {
  if (strategy?.type === 'OnDelete') return [];
  if (strategy?.type !== 'RollingUpdate') return [notSupported(path, goStrategy(strategy, goDaemonRollout), ['RollingUpdate', 'OnDelete'])];
  const at = child(path, 'rollingUpdate');
  if (!strategy.rollingUpdate) return [required(at)];
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate;
  const paths = [child(at, 'maxUnavailable'), child(at, 'maxSurge')] as const;
  const errors = [...validateCountOrPercent(paths[0], maxUnavailable), ...validateCountOrPercent(paths[1], maxSurge)];
  errors.push(...notMoreThanAll(paths[0], maxUnavailable), ...notMoreThanAll(paths[1], maxSurge));
  const [surges, stops] = [!isZero(maxSurge), !isZero(maxUnavailable)];
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
