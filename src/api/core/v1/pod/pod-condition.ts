import type { PodCondition } from '#api/types/core-v1';

/** A condition that the server itself says of a Pod: its times are there even where there is none, as they are in what clients send. */
export function podCondition(condition: PodCondition): PodCondition {
  const { lastTransitionTime } = condition;
  return { ...condition, lastProbeTime: null, lastTransitionTime: lastTransitionTime ?? null } as unknown as PodCondition;
}
