import { ownerReferenceTo, replicaSets } from '#api';
import type { ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from '#api/types/apps-v1';
import type { Pod } from '#api/types/core-v1';
import { rfc3339 } from '#lib';
import { availableAtMs, isPodActive, isPodAvailable, isPodReady, isPodTerminating } from '../pod-facts.ts';
import { rankForDeletion } from './rank.ts';

// As upstream's BurstReplicas: Pods made or deleted in one pass at most.
const BURST_REPLICAS = 500;

/** What brings the number of Pods to what the ReplicaSet wants: at most one of the two is not empty. */
export interface ReplicaPlan {
  readonly create: number;
  readonly remove: readonly Pod[];
}

/** `owned` are the ReplicaSet's Pods; `related` the active Pods of all ReplicaSets with the same controller, wanted only for scaling down. */
export function planReplicas(replicaSet: ReplicaSet, owned: readonly Pod[], options: { related: () => readonly Pod[]; nowMs: number }): ReplicaPlan {
  const active = owned.filter(isPodActive);
  const difference = active.length - (replicaSet.spec.replicas ?? 1);
  if (difference < 0) return { create: Math.min(-difference, BURST_REPLICAS), remove: [] };
  if (difference === 0) return { create: 0, remove: [] };
  const count = Math.min(difference, BURST_REPLICAS);
  const ranked = count < active.length ? rankForDeletion(active, options.related(), options.nowMs) : active;
  return { create: 0, remove: ranked.slice(0, count) };
}

/** The Pod that the template describes, owned by the ReplicaSet; the server completes its name. */
export function newPod(replicaSet: ReplicaSet): Pod {
  const { metadata, spec } = replicaSet.spec.template ?? {};
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${replicaSet.metadata.name ?? ''}-`,
      namespace: replicaSet.metadata.namespace,
      ownerReferences: [ownerReferenceTo(replicaSet, replicaSets)],
    },
    spec: structuredClone(spec) ?? { containers: [] },
  };
  if (metadata?.labels) pod.metadata.labels = { ...metadata.labels };
  if (metadata?.annotations) pod.metadata.annotations = { ...metadata.annotations };
  if (metadata?.finalizers) pod.metadata.finalizers = [...metadata.finalizers];
  return pod;
}

/** What went wrong in this pass, for the condition ReplicaFailure. */
export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

/** The status that the Pods add up to. Unset where upstream leaves a zero out. */
export function planStatus(replicaSet: ReplicaSet, owned: readonly Pod[], failure: ReplicaFailure | undefined, nowMs: number): ReplicaSetStatus {
  const active = owned.filter(isPodActive);
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  const templateLabels = Object.entries(replicaSet.spec.template?.metadata?.labels ?? {});
  const count = (holds: (pod: Pod) => boolean): number | undefined => active.filter(holds).length || undefined;
  const conditions = planConditions(replicaSet.status?.conditions ?? [], failure, nowMs);
  return compact({
    replicas: active.length,
    fullyLabeledReplicas: count((pod) => templateLabels.every(([key, value]) => pod.metadata.labels?.[key] === value)),
    readyReplicas: count(isPodReady),
    availableReplicas: count((pod) => isPodAvailable(pod, minReadySeconds, nowMs)),
    terminatingReplicas: owned.filter(isPodTerminating).length,
    observedGeneration: replicaSet.metadata.generation,
    conditions: conditions.length > 0 ? conditions : undefined,
  });
}

/** A failure that is known already keeps its first wording, as upstream keeps it; without one the condition goes. */
function planConditions(present: readonly ReplicaSetCondition[], failure: ReplicaFailure | undefined, nowMs: number): ReplicaSetCondition[] {
  const others = present.filter((c) => c.type !== 'ReplicaFailure');
  if (!failure) return others;
  const known = present.find((c) => c.type === 'ReplicaFailure');
  return [...others, known ?? { type: 'ReplicaFailure', status: 'True', lastTransitionTime: rfc3339(nowMs), ...failure }];
}

/** How long until the next ready Pod becomes available; undefined when none is waiting. */
export function nextAvailabilityMs(replicaSet: ReplicaSet, owned: readonly Pod[], nowMs: number): number | undefined {
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  if (minReadySeconds === 0) return undefined;
  let next: number | undefined;
  for (const pod of owned) {
    const at = isPodActive(pod) ? availableAtMs(pod, minReadySeconds) : undefined;
    if (at !== undefined && at > nowMs) next = Math.min(next ?? at, at);
  }
  return next === undefined ? undefined : next - nowMs;
}

function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}
