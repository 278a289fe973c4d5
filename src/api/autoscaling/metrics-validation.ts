import type {
  ContainerResourceMetricSource,
  CrossVersionObjectReference,
  ExternalMetricSource,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
  ObjectMetricSource,
  PodsMetricSource,
  ResourceMetricSource,
} from '#api/types/autoscaling-v2';
import { invalidEach } from '../core/v1/pod/checks.ts';
import { containerResourceName } from '../core/v1/pod/container-resources.ts';
import { child, type FieldError, forbidden, invalid, notSupported, required } from '../machinery/field-error.ts';
import { isDns1123Label, isPathSegmentName } from '../machinery/names.ts';
import { compareQuantity } from '../machinery/quantity.ts';

const SOURCES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];
const TARGETS = ['Utilization', 'Value', 'AverageValue'];
const NO_SOURCE = 'must populate information for the given metric source';

/** What a reference to an object need not say. */
export interface ReferenceRules {
  readonly allowsEmptyGroup: boolean;
  readonly allowsAnyVersion: boolean;
}
export interface MetricContext {
  validateObject(reference: CrossVersionObjectReference, path: string): FieldError[];
}

/** What is wrong with what an autoscaler looks at: one source, of the kind that its type says. */
export function validateMetric(metric: MetricSpec, context: MetricContext, path: string): FieldError[] {
  const { type, object, external, pods, resource, containerResource } = metric;
  const at = child(path, 'type');
  const errors: FieldError[] = [];
  if (!type) errors.push(required(at, 'must specify a metric source type'));
  if (!SOURCES.includes(type)) errors.push(notSupported(at, type, SOURCES));
  // In upstream's order; only the first source is looked into.
  const present = Object.entries({ object, external, pods, resource, containerResource }).filter(([, source]) => source !== undefined);
  const first = present[0]?.[0];
  if (object && first === 'object') errors.push(...validateObject(object, context, child(path, 'object')));
  if (external && first === 'external') errors.push(...validateExternal(external, child(path, 'external')));
  if (pods && first === 'pods') errors.push(...validatePods(pods, child(path, 'pods')));
  if (resource && first === 'resource') errors.push(...validateResource(resource, child(path, 'resource')));
  if (containerResource && first === 'containerResource') errors.push(...validateContainer(containerResource, child(path, 'containerResource')));
  const expected = SOURCES.includes(type) ? `${type.charAt(0).toLowerCase()}${type.slice(1)}` : '';
  if (!expected) errors.push(notSupported(at, type, SOURCES));
  else if (!present.some(([name]) => name === expected)) errors.push(required(child(path, expected), NO_SOURCE));
  if (present.length === 1) return errors;
  const others = present.filter(([name]) => name !== expected);
  return [...errors, ...others.map(([name]) => forbidden(child(path, name), 'must populate the given metric source only'))];
}

function validateObject({ describedObject, metric, target }: ObjectMetricSource, context: MetricContext, path: string): FieldError[] {
  const errors = [...context.validateObject(describedObject, child(path, 'describedObject')), ...identifierAndTarget(metric, target, path)];
  if (target.value !== undefined || target.averageValue !== undefined) return errors;
  return [...errors, required(child(path, 'target', 'averageValue'), 'must set either a target value or averageValue')];
}

function validateExternal({ metric, target }: ExternalMetricSource, path: string): FieldError[] {
  const errors = identifierAndTarget(metric, target, path);
  const [hasValue, hasAverage] = [target.value !== undefined, target.averageValue !== undefined];
  if (!hasValue && !hasAverage) {
    errors.push(required(child(path, 'target', 'averageValue'), 'must set either a target value for metric or a per-pod target'));
  } else if (hasValue && hasAverage) {
    errors.push(forbidden(child(path, 'target', 'value'), 'may not set both a target value for metric and a per-pod target'));
  }
  return errors;
}

function validatePods({ metric, target }: PodsMetricSource, path: string): FieldError[] {
  const errors = identifierAndTarget(metric, target, path);
  if (target.averageValue !== undefined) return errors;
  return [...errors, required(child(path, 'target', 'averageValue'), 'must specify a positive target averageValue')];
}

function validateResource({ name, target }: ResourceMetricSource, path: string): FieldError[] {
  const errors = name ? [] : [required(child(path, 'name'), 'must specify a resource name')];
  return [...errors, ...resourceTarget(target, child(path, 'target'))];
}

function validateContainer({ name, container, target }: ContainerResourceMetricSource, path: string): FieldError[] {
  const errors = name ? containerResourceName(name, child(path, 'name')) : [required(child(path, 'name'), 'must specify a resource name')];
  const at = child(path, 'container');
  errors.push(...(container ? invalidEach(at, container, isDns1123Label(container)) : [required(at, 'must specify a container')]));
  return [...errors, ...resourceTarget(target, child(path, 'target'))];
}

function resourceTarget(target: MetricTarget, path: string): FieldError[] {
  const errors = validateTarget(target, path);
  const [hasUtilization, hasAverage] = [target.averageUtilization !== undefined, target.averageValue !== undefined];
  if (!hasUtilization && !hasAverage) {
    errors.push(required(child(path, 'averageUtilization'), 'must set either a target raw value or a target utilization'));
  } else if (hasUtilization && hasAverage) {
    errors.push(forbidden(child(path, 'averageValue'), 'may not set both a target raw value and a target utilization'));
  }
  return errors;
}

function identifierAndTarget({ name }: MetricIdentifier, target: MetricTarget, path: string): FieldError[] {
  const at = child(path, 'metric', 'name');
  const errors = name ? invalidEach(at, name, isPathSegmentName(name)) : [required(at, 'must specify a metric name')];
  return [...errors, ...validateTarget(target, child(path, 'target'))];
}

function validateTarget({ type, value, averageValue, averageUtilization }: MetricTarget, path: string): FieldError[] {
  const at = child(path, 'type');
  const errors: FieldError[] = [];
  if (!type) errors.push(required(at, 'must specify a metric target type'));
  if (!TARGETS.includes(type)) errors.push(invalid(at, type, 'must be either Utilization, Value, or AverageValue'));
  for (const [field, quantity] of Object.entries({ value, averageValue })) {
    if (quantity !== undefined && compareQuantity(quantity, '0') <= 0) errors.push(invalid(child(path, field), quantity, 'must be positive'));
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(invalid(child(path, 'averageUtilization'), averageUtilization, 'must be greater than 0'));
  }
  return errors;
}
