import type { HorizontalPodAutoscalerBehavior, HPAScalingPolicy, HPAScalingRules } from '#api/types/autoscaling-v2';

/** Behavior as the annotation of autoscaling/v1 says it: upstream writes its internal structs there, whose members have Go's names and are always there. */
export function behaviorToV1({ scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior): object {
  return { ScaleUp: scaleUp ? rulesToV1(scaleUp) : null, ScaleDown: scaleDown ? rulesToV1(scaleDown) : null };
}
function rulesToV1({ stabilizationWindowSeconds, selectPolicy, policies, tolerance }: HPAScalingRules): object {
  return {
    StabilizationWindowSeconds: stabilizationWindowSeconds ?? null,
    SelectPolicy: selectPolicy ?? null,
    Policies: policies?.map(({ type, value, periodSeconds }) => ({ Type: type, Value: value, PeriodSeconds: periodSeconds })) ?? null,
    Tolerance: tolerance ?? null,
  };
}

/** The inverse of behaviorToV1. Go does not mind how names are written. Undefined: there is nothing in it. */
export function behaviorFromV1(value: unknown): HorizontalPodAutoscalerBehavior | undefined {
  const { scaleup, scaledown } = lowerCased(value);
  if (!scaleup && !scaledown) return undefined;
  return { ...(scaleup ? { scaleUp: rulesFromV1(scaleup) } : {}), ...(scaledown ? { scaleDown: rulesFromV1(scaledown) } : {}) };
}
function rulesFromV1(value: unknown): HPAScalingRules {
  const { stabilizationwindowseconds, selectpolicy, policies, tolerance } = lowerCased(value);
  const rules = {
    stabilizationWindowSeconds: stabilizationwindowseconds,
    selectPolicy: selectpolicy,
    policies: Array.isArray(policies) ? policies.map(policyFromV1) : undefined,
    tolerance,
  };
  return Object.fromEntries(Object.entries(rules).filter(([, each]) => each !== undefined && each !== null)) as HPAScalingRules;
}
function policyFromV1(policy: unknown): HPAScalingPolicy {
  const { type = '', value = 0, periodseconds = 0 } = lowerCased(policy);
  return { type, value, periodSeconds: periodseconds } as HPAScalingPolicy;
}

function lowerCased(value: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value ?? {}).map(([name, member]) => [name.toLowerCase(), member]));
}
