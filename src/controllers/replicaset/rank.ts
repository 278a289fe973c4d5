import type { Pod } from '#api/types/core-v1';
import { isPodReady, podCondition } from '../pod-facts.ts';

const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

/**
 * Sorts Pods so that those to be deleted come first: unassigned, pending, not ready, cheaper to delete, doubled up on a node, ready for a
 * shorter time, restarted more often, younger; times are compared by order of magnitude, then uid decides.
 * `related` are the active Pods of all ReplicaSets with the same controller. Follows controller_utils.go, ActivePodsWithRanks.
 */
export function rankForDeletion(pods: readonly Pod[], related: readonly Pod[], nowMs: number): Pod[] {
  const onNode = new Map<string, number>();
  for (const { spec } of related) {
    if (spec?.nodeName) onNode.set(spec.nodeName, (onNode.get(spec.nodeName) ?? 0) + 1);
  }
  const ranked = pods.map((pod) => ({ pod, neighbours: onNode.get(pod.spec?.nodeName ?? '') ?? 0 }));
  return ranked.sort((a, b) => compare(a, b, nowMs)).map((r) => r.pod);
}

interface Ranked {
  readonly pod: Pod;
  readonly neighbours: number;
}

function compare(a: Ranked, b: Ranked, nowMs: number): number {
  const isReady = isPodReady(a.pod);
  return (
    Number(Boolean(a.pod.spec?.nodeName)) - Number(Boolean(b.pod.spec?.nodeName)) ||
    phaseOrder(a.pod) - phaseOrder(b.pod) ||
    Number(isReady) - Number(isPodReady(b.pod)) ||
    deletionCost(a.pod) - deletionCost(b.pod) ||
    b.neighbours - a.neighbours ||
    (isReady ? compareAge(readyTime(a.pod), readyTime(b.pod), a.pod, b.pod, nowMs) : 0) ||
    compareRestarts(a.pod, b.pod) ||
    compareAge(a.pod.metadata.creationTimestamp, b.pod.metadata.creationTimestamp, a.pod, b.pod, nowMs)
  );
}

function phaseOrder(pod: Pod): number {
  return PHASE_ORDER[pod.status?.phase ?? ''] ?? 0;
}

/** What the Pod's annotation says; 0 when it says nothing or nonsense. */
function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST];
  if (text === undefined || !/^(0|-?[1-9]\d*)$/.test(text)) return 0;
  const cost = Number(text);
  return cost >= -(2 ** 31) && cost < 2 ** 31 ? cost : 0;
}

function readyTime(pod: Pod): string | undefined {
  return podCondition(pod, 'Ready')?.lastTransitionTime;
}

/** Younger first; a missing time counts as youngest. Ages of the same power of two are the same, so that deletions spread over time. */
function compareAge(a: string | undefined, b: string | undefined, podA: Pod, podB: Pod, nowMs: number): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  const difference = magnitude(nowMs - Date.parse(a)) - magnitude(nowMs - Date.parse(b));
  return difference || ((podA.metadata.uid ?? '') < (podB.metadata.uid ?? '') ? -1 : 1);
}
function magnitude(ageMs: number): number {
  return ageMs <= 0 ? -1 : Math.floor(Math.log2(ageMs * 1e6));
}

/** More restarts first: of ordinary containers, then of sidecars. */
function compareRestarts(a: Pod, b: Pod): number {
  const [ra, rb] = [restarts(a), restarts(b)];
  return rb.regular - ra.regular || rb.sidecar - ra.sidecar;
}
function restarts(pod: Pod): { regular: number; sidecar: number } {
  const regular = Math.max(0, ...(pod.status?.containerStatuses ?? []).map((c) => c.restartCount));
  const sidecars = new Set((pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map((c) => c.name));
  const sidecar = Math.max(0, ...(pod.status?.initContainerStatuses ?? []).filter((c) => sidecars.has(c.name)).map((c) => c.restartCount));
  return { regular, sidecar };
}
