import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  HPAScalingRules,
} from '#api/types/autoscaling-v2';
import { invalidEach, NOT_NEGATIVE, notNegative } from '../core/v1/pod/checks.ts';
import { child, type FieldError, forbidden, index, invalid, notSupported, required } from '../machinery/field-error.ts';
import { isPathSegmentName } from '../machinery/names.ts';
import { compareQuantity } from '../machinery/quantity.ts';
import { type ReferenceRules, validateMetric } from './metrics-validation.ts';

const MAX_PERIOD_SECONDS = 1800;
const MAX_WINDOW_SECONDS = 3600;
const SELECT_POLICIES = ['Disabled', 'Max', 'Min'];
const POLICY_TYPES = ['Percent', 'Pods'];

interface Rules {
  readonly minReplicas: number;
  readonly target: ReferenceRules;
  readonly objects: ReferenceRules;
}

/** What is wrong with a new HorizontalPodAutoscaler; follows pkg/apis/autoscaling/validation. */
export function validateNewAutoscaler({ spec }: HorizontalPodAutoscaler): FieldError[] {
  return validateSpec(spec, rulesFor(spec, undefined));
}

/** What is wrong with an autoscaler that replaces `old`: mistakes of earlier versions may stay. */
export function validateAutoscalerUpdate({ spec }: HorizontalPodAutoscaler, old: HorizontalPodAutoscaler): FieldError[] {
  return validateSpec(spec, rulesFor(spec, old.spec));
}

/** What is wrong with an autoscaler's status. */
export function validateAutoscalerStatus({ status }: HorizontalPodAutoscaler): FieldError[] {
  return [...notNegative('status.currentReplicas', status?.currentReplicas), ...notNegative('status.desiredReplicas', status?.desiredReplicas)];
}

function rulesFor({ scaleTargetRef: target }: HorizontalPodAutoscalerSpec, old: HorizontalPodAutoscalerSpec | undefined): Rules {
  const isSameTarget = old !== undefined && old.scaleTargetRef.apiVersion === target.apiVersion && old.scaleTargetRef.kind === target.kind;
  const objects = { allowsEmptyGroup: true, allowsAnyVersion: false };
  const hadMistakes = (old?.metrics ?? []).some(({ type, object }) => type === 'Object' && object && versionMistake(object.describedObject, objects));
  return {
    minReplicas: old?.minReplicas === 0 ? 0 : 1,
    // The only kind of the core group that is scaled.
    target: { allowsEmptyGroup: !isSameTarget && target.kind === 'ReplicationController', allowsAnyVersion: isSameTarget },
    objects: { ...objects, allowsAnyVersion: hadMistakes },
  };
}

function validateSpec(spec: HorizontalPodAutoscalerSpec, rules: Rules): FieldError[] {
  const { minReplicas: min, maxReplicas: max, scaleTargetRef, metrics = [], behavior } = spec;
  const errors: FieldError[] = [];
  if (min !== undefined && min < rules.minReplicas) errors.push(invalid('spec.minReplicas', min, `must be greater than or equal to ${rules.minReplicas}`));
  if (!max) errors.push(required('spec.maxReplicas', 'must be set and greater than 0'));
  else if (max < 1) errors.push(invalid('spec.maxReplicas', max, 'must be greater than 0'));
  if (min !== undefined && max < min) errors.push(invalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'));
  errors.push(...validateReference(scaleTargetRef, rules.target, 'spec.scaleTargetRef'));
  const context = { validateObject: (reference: CrossVersionObjectReference, path: string) => validateReference(reference, rules.objects, path) };
  errors.push(...metrics.flatMap((metric, i) => validateMetric(metric, context, index('spec.metrics', i))));
  if (min === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External')) {
    errors.push(forbidden('spec.metrics', 'must specify at least one Object or External metric to support scaling to zero replicas'));
  }
  return [...errors, ...validateRules(behavior?.scaleUp, 'spec.behavior.scaleUp'), ...validateRules(behavior?.scaleDown, 'spec.behavior.scaleDown')];
}

function validateReference(reference: CrossVersionObjectReference, rules: ReferenceRules, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['kind', 'name'] as const) {
    const value = reference[field];
    if (value) errors.push(...invalidEach(child(path, field), value, isPathSegmentName(value)));
    else errors.push(required(child(path, field)));
  }
  const mistake = versionMistake(reference, rules);
  return mistake ? [...errors, invalid(child(path, 'apiVersion'), reference.apiVersion ?? '', mistake)] : errors;
}

function versionMistake({ apiVersion = '' }: CrossVersionObjectReference, { allowsEmptyGroup, allowsAnyVersion }: ReferenceRules): string | undefined {
  if (allowsAnyVersion) return undefined;
  const parts = apiVersion.split('/');
  if (parts.length > 2) return `unexpected GroupVersion string: ${apiVersion}`;
  return !allowsEmptyGroup && (parts.length < 2 || !parts[0]) ? 'apiVersion must specify API group' : undefined;
}

function validateRules(rules: HPAScalingRules | undefined, path: string): FieldError[] {
  if (!rules) return [];
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules;
  const at = child(path, 'stabilizationWindowSeconds');
  const errors: FieldError[] = [];
  if (window !== undefined && window < 0) errors.push(invalid(at, window, 'must be greater than or equal to zero'));
  if (window !== undefined && window > MAX_WINDOW_SECONDS) errors.push(invalid(at, window, `must be less than or equal to ${MAX_WINDOW_SECONDS}`));
  if (selectPolicy !== undefined && !SELECT_POLICIES.includes(selectPolicy)) {
    errors.push(notSupported(child(path, 'selectPolicy'), selectPolicy, SELECT_POLICIES));
  }
  if (policies.length === 0) errors.push(required(child(path, 'policies'), 'must specify at least one Policy'));
  errors.push(...policies.flatMap((policy, i) => validatePolicy(policy, index(child(path, 'policies'), i))));
  if (tolerance !== undefined && compareQuantity(tolerance, '0') < 0) errors.push(invalid(child(path, 'tolerance'), tolerance, NOT_NEGATIVE));
  return errors;
}

function validatePolicy({ type, value, periodSeconds }: HPAScalingPolicy, path: string): FieldError[] {
  const at = child(path, 'periodSeconds');
  const errors: FieldError[] = [];
  if (!POLICY_TYPES.includes(type)) errors.push(notSupported(child(path, 'type'), type, POLICY_TYPES));
  if (value <= 0) errors.push(invalid(child(path, 'value'), value, 'must be greater than zero'));
  if (periodSeconds <= 0) errors.push(invalid(at, periodSeconds, 'must be greater than zero'));
  if (periodSeconds > MAX_PERIOD_SECONDS) errors.push(invalid(at, periodSeconds, `must be less than or equal to ${MAX_PERIOD_SECONDS}`));
  return errors;
}
