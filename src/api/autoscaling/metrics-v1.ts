import type * as v1 from '#api/types/autoscaling-v1';
import type * as v2 from '#api/types/autoscaling-v2';

// autoscaling/v1 has the CPU target as a field and everything else as JSON in annotations; these are the shapes of that JSON, with members in the order
// of upstream's structs, as the text is compared.

/** A metric of autoscaling/v2 as the annotations of autoscaling/v1 say it. */
export function metricToV1({ type, object, pods, resource, containerResource, external }: v2.MetricSpec): v1.MetricSpec {
  const metric: v1.MetricSpec = { type: type as v1.MetricSourceType };
  if (object) {
    const { describedObject, metric: named, target: wanted } = object;
    const target = referenceOf(describedObject);
    metric.object = { target, metricName: named.name, targetValue: wanted.value ?? '0', selector: named.selector, averageValue: wanted.averageValue };
  }
  if (pods) metric.pods = { metricName: pods.metric.name, targetAverageValue: pods.target.averageValue ?? '0', selector: pods.metric.selector };
  if (resource) metric.resource = { name: resource.name, ...resourceTarget(resource.target) };
  if (containerResource)
    metric.containerResource = { name: containerResource.name, ...resourceTarget(containerResource.target), container: containerResource.container };
  if (external) {
    const { metric: named, target: wanted } = external;
    metric.external = { metricName: named.name, metricSelector: named.selector, targetValue: wanted.value, targetAverageValue: wanted.averageValue };
  }
  return metric;
}

function referenceOf({ kind, name, apiVersion }: v2.CrossVersionObjectReference): v1.CrossVersionObjectReference {
  return { kind, name, apiVersion };
}

function resourceTarget({ averageUtilization, averageValue }: v2.MetricTarget): {
  targetAverageUtilization?: number | undefined;
  targetAverageValue?: string | undefined;
} {
  return { targetAverageUtilization: averageUtilization, targetAverageValue: averageValue };
}

/** The inverse of metricToV1. */
export function metricFromV1({ type, object, pods, resource, containerResource, external }: v1.MetricSpec): v2.MetricSpec {
  const metric: v2.MetricSpec = { type };
  if (object) {
    const target: v2.MetricTarget =
      object.averageValue === undefined
        ? { type: 'Value', value: object.targetValue }
        : { type: 'AverageValue', value: object.targetValue, averageValue: object.averageValue };
    metric.object = { describedObject: object.target, metric: { name: object.metricName, selector: object.selector }, target };
  }
  if (pods)
    metric.pods = { metric: { name: pods.metricName, selector: pods.selector }, target: { type: 'AverageValue', averageValue: pods.targetAverageValue } };
  if (resource) metric.resource = { name: resource.name, target: targetOf(resource.targetAverageUtilization, resource.targetAverageValue) };
  if (containerResource) {
    const { name, container, targetAverageUtilization, targetAverageValue } = containerResource;
    metric.containerResource = { name, container, target: targetOf(targetAverageUtilization, targetAverageValue) };
  }
  if (external) {
    const { metricName: name, metricSelector: selector, targetValue: value, targetAverageValue: averageValue } = external;
    metric.external = { metric: { name, selector }, target: { type: value === undefined ? 'AverageValue' : 'Value', value, averageValue } };
  }
  return metric;
}

function targetOf(averageUtilization: number | undefined, averageValue: string | undefined): v2.MetricTarget {
  return { type: averageUtilization === undefined ? 'AverageValue' : 'Utilization', averageUtilization, averageValue };
}

/** A metric's state as the annotations of autoscaling/v1 say it. */
export function statusToV1({ type, object, pods, resource, containerResource, external }: v2.MetricStatus): v1.MetricStatus {
  const status: v1.MetricStatus = { type: type as v1.MetricSourceType };
  if (object) {
    const { describedObject, metric, current } = object;
    const target = referenceOf(describedObject);
    status.object = { target, metricName: metric.name, currentValue: current.value ?? '0', selector: metric.selector, averageValue: current.averageValue };
  }
  if (pods) status.pods = { metricName: pods.metric.name, currentAverageValue: pods.current.averageValue ?? '0', selector: pods.metric.selector };
  if (resource) status.resource = { name: resource.name, ...resourceState(resource.current) };
  if (containerResource)
    status.containerResource = { name: containerResource.name, ...resourceState(containerResource.current), container: containerResource.container };
  if (external) {
    const { metric, current } = external;
    status.external = {
      metricName: metric.name,
      metricSelector: metric.selector,
      currentValue: current.value ?? '0',
      currentAverageValue: current.averageValue,
    };
  }
  return status;
}

function resourceState({ averageUtilization, averageValue }: v2.MetricValueStatus): {
  currentAverageUtilization?: number | undefined;
  currentAverageValue: string;
} {
  return { currentAverageUtilization: averageUtilization, currentAverageValue: averageValue ?? '0' };
}

/** The inverse of statusToV1. */
export function statusFromV1({ type, object, pods, resource, containerResource, external }: v1.MetricStatus): v2.MetricStatus {
  const status: v2.MetricStatus = { type };
  if (object) {
    const current = { value: object.currentValue, averageValue: object.averageValue };
    status.object = { describedObject: object.target, metric: { name: object.metricName, selector: object.selector }, current };
  }
  if (pods) status.pods = { metric: { name: pods.metricName, selector: pods.selector }, current: { averageValue: pods.currentAverageValue } };
  if (resource) status.resource = { name: resource.name, current: stateOf(resource) };
  if (containerResource)
    status.containerResource = { name: containerResource.name, container: containerResource.container, current: stateOf(containerResource) };
  if (external) {
    const current = { value: external.currentValue, averageValue: external.currentAverageValue };
    status.external = { metric: { name: external.metricName, selector: external.metricSelector }, current };
  }
  return status;
}

function stateOf({
  currentAverageUtilization,
  currentAverageValue,
}: {
  currentAverageUtilization?: number | undefined;
  currentAverageValue: string;
}): v2.MetricValueStatus {
  return { averageUtilization: currentAverageUtilization, averageValue: currentAverageValue };
}
