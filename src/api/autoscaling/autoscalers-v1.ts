import type * as v1 from '#api/types/autoscaling-v1';
import type * as v2 from '#api/types/autoscaling-v2';
import type { ServedVersion } from '../machinery/resource.ts';
import { goJson } from '../machinery/go-text.ts';
import { behaviorFromV1, behaviorToV1 } from './behavior-v1.ts';
import { metricFromV1, metricToV1, statusFromV1, statusToV1 } from './metrics-v1.ts';

const ANNOTATION = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
} as const;

/** HorizontalPodAutoscalers of autoscaling/v1: what that version cannot say stands in annotations, as upstream converts it. */
export const horizontalPodAutoscalersV1: ServedVersion<v2.HorizontalPodAutoscaler> = {
  group: 'autoscaling',
  version: 'v1',
  schema: { groupVersion: 'autoscaling/v1', struct: 'HorizontalPodAutoscaler' },
  fromStored,
  toStored: (object) => toStored(object as v1.HorizontalPodAutoscaler),
};

function isCpuUtilization({ type, resource }: v2.MetricSpec): boolean {
  return type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined;
}

function fromStored({ metadata, spec, status, kind }: v2.HorizontalPodAutoscaler): v1.HorizontalPodAutoscaler {
  const cpu = spec.metrics?.find(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu');
  const others = (spec.metrics ?? []).filter((metric) => !isCpuUtilization(metric));
  const currentCpu = status?.currentMetrics?.findLast(
    ({ type, resource }) => type === 'Resource' && resource?.name === 'cpu' && resource.current.averageUtilization !== undefined,
  );
  const annotations = {
    ...metadata.annotations,
    ...(others.length ? { [ANNOTATION.metrics]: goJson(others.map(metricToV1)) } : {}),
    ...(spec.behavior ? { [ANNOTATION.behavior]: goJson(behaviorToV1(spec.behavior)) } : {}),
    ...(status?.currentMetrics?.length ? { [ANNOTATION.currentMetrics]: goJson(status.currentMetrics.map(statusToV1)) } : {}),
    ...(status?.conditions?.length ? { [ANNOTATION.conditions]: goJson(status.conditions.map(conditionToV1)) } : {}),
  };
  const { scaleTargetRef, minReplicas, maxReplicas } = spec;
  return {
    apiVersion: 'autoscaling/v1',
    kind,
    metadata: Object.keys(annotations).length ? { ...metadata, annotations } : metadata,
    spec: { scaleTargetRef, minReplicas, maxReplicas, targetCPUUtilizationPercentage: cpu?.resource?.target.averageUtilization },
    status: {
      observedGeneration: status?.observedGeneration,
      lastScaleTime: status?.lastScaleTime,
      currentReplicas: status?.currentReplicas ?? 0,
      desiredReplicas: status?.desiredReplicas ?? 0,
      currentCPUUtilizationPercentage: currentCpu?.resource?.current.averageUtilization,
    },
  };
}

function toStored({ metadata, spec, status, kind }: v1.HorizontalPodAutoscaler): v2.HorizontalPodAutoscaler {
  const said = metadata.annotations ?? {};
  const own = new Set<string>(Object.values(ANNOTATION));
  const annotations = Object.fromEntries(Object.entries(said).filter(([name]) => !own.has(name)));
  const cpu = spec.targetCPUUtilizationPercentage;
  const metrics = (parse<v1.MetricSpec[]>(said[ANNOTATION.metrics]) ?? []).map(metricFromV1);
  if (cpu !== undefined) metrics.push({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } } });
  const { scaleTargetRef, minReplicas, maxReplicas } = spec;
  const stored: v2.HorizontalPodAutoscaler = {
    apiVersion: 'autoscaling/v2',
    kind,
    metadata: { ...metadata, annotations: Object.keys(annotations).length ? annotations : undefined },
    spec: {
      scaleTargetRef,
      minReplicas,
      maxReplicas,
      metrics: metrics.length ? metrics : undefined,
      behavior: behaviorFromV1(parse(said[ANNOTATION.behavior])),
    },
  };
  if (status) {
    const { observedGeneration, lastScaleTime, currentReplicas, desiredReplicas, currentCPUUtilizationPercentage: currentCpu } = status;
    // The annotation says more than the field.
    const ofField: v2.MetricStatus = { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: currentCpu } } };
    const currentMetrics = parse<v1.MetricStatus[]>(said[ANNOTATION.currentMetrics])?.map(statusFromV1) ?? (currentCpu === undefined ? undefined : [ofField]);
    stored.status = { observedGeneration, lastScaleTime, currentReplicas, desiredReplicas, currentMetrics, conditions: parse(said[ANNOTATION.conditions]) };
  }
  return stored;
}

/** A condition with its members in the order of upstream's struct; the time is said also where there is none. */
function conditionToV1({ type, status, lastTransitionTime = null as never, reason, message }: v2.HorizontalPodAutoscalerCondition): object {
  return { type, status, lastTransitionTime, reason, message };
}

/** What an annotation says, or nothing when it is missing or no JSON: upstream overlooks those too. */
function parse<T>(text: string | undefined): T | undefined {
  if (!text) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
