import type { PodFailurePolicy } from '#api/types/batch-v1';

/** Conditions of a failure policy's rules are about what is true, unless they say otherwise. */
export function defaultFailurePolicy(policy: PodFailurePolicy | undefined): void {
  for (const { onPodConditions } of policy?.rules ?? []) for (const pattern of onPodConditions ?? []) pattern.status ||= 'True';
}
