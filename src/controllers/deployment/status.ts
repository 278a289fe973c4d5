import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '#api/types/apps-v1';
import { rfc3339 } from '#lib';
import { desiredOf, maxUnavailable, totalAvailable, totalSize } from './sizes.ts';

const NO_LIMIT = 2 ** 31 - 1;

/** The condition of this type. */
export function conditionOf(status: DeploymentStatus | undefined, type: string): DeploymentCondition | undefined {
  return status?.conditions?.find((c) => c.type === type);
}
/** A condition that begins now. */
export function newCondition(type: string, status: DeploymentCondition['status'], reason: string, message: string, nowMs: number): DeploymentCondition {
  const now = rfc3339(nowMs);
  return { type, status, lastUpdateTime: now, lastTransitionTime: now, reason, message };
}
/** Puts the condition last; one that says the same already stays as it is, one of the same status keeps its transition time. */
export function withCondition(conditions: readonly DeploymentCondition[], condition: DeploymentCondition): DeploymentCondition[] {
  const current = conditions.find((c) => c.type === condition.type);
  if (current?.status === condition.status && current.reason === condition.reason) return [...conditions];
  const kept = current?.status === condition.status ? { ...condition, lastTransitionTime: current.lastTransitionTime } : condition;
  return [...withoutCondition(conditions, condition.type), kept];
}
/** The conditions without those of this type. */
export function withoutCondition(conditions: readonly DeploymentCondition[], type: string): DeploymentCondition[] {
  return conditions.filter((c) => c.type !== type);
}
/** Whether a rollout that stands still is ever to be called failed. */
export function hasProgressDeadline(deployment: Deployment): boolean {
  const seconds = deployment.spec.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== NO_LIMIT;
}
/** Old ReplicaSets to keep; undefined: all. */
export function revisionHistoryLimit(deployment: Deployment): number | undefined {
  const limit = deployment.spec.revisionHistoryLimit;
  return limit === undefined || limit === NO_LIMIT ? undefined : limit;
}

/** The numbers that the ReplicaSets add up to, and Available; other conditions stay. `newest` is one of `all`. */
export function countStatus(deployment: Deployment, all: readonly ReplicaSet[], newest: ReplicaSet | undefined, nowMs: number): DeploymentStatus {
  const sum = (read: (rs: ReplicaSet) => number | undefined): number => all.reduce((total, rs) => total + (read(rs) ?? 0), 0);
  const available = totalAvailable(all);
  const terminating = all.every((rs) => rs.status?.terminatingReplicas !== undefined) ? sum((rs) => rs.status?.terminatingReplicas) : undefined;
  const isAvailable = available >= desiredOf(deployment) - maxUnavailable(deployment);
  const condition = isAvailable
    ? newCondition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', nowMs)
    : newCondition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.', nowMs);
  return withoutZeros({
    observedGeneration: deployment.metadata.generation,
    replicas: sum((rs) => rs.status?.replicas),
    updatedReplicas: newest?.status?.replicas,
    readyReplicas: sum((rs) => rs.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalSize(all) - available),
    terminatingReplicas: terminating,
    collisionCount: deployment.status?.collisionCount,
    conditions: withCondition(deployment.status?.conditions ?? [], condition),
  });
}

// Pointers in upstream's type, so that their zero is shown.
const SHOWS_ZERO = new Set(['terminatingReplicas', 'collisionCount']);

function withoutZeros(status: DeploymentStatus): DeploymentStatus {
  return Object.fromEntries(Object.entries(status).filter(([key, value]) => value !== undefined && (value !== 0 || SHOWS_ZERO.has(key)))) as DeploymentStatus;
}

/** Every replica is of the newest template and available, and no old one is left. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const desired = desiredOf(deployment);
  const counts = [status.updatedReplicas ?? 0, status.replicas ?? 0, status.availableReplicas ?? 0];
  return counts.every((n) => n === desired) && (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
}
function isProgressing(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const old = (s: DeploymentStatus): number => (s.replicas ?? 0) - (s.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}
function isTimedOut(deployment: Deployment, nowMs: number): boolean {
  const condition = conditionOf(deployment.status, 'Progressing');
  if (!condition || condition.reason === 'NewReplicaSetAvailable') return false;
  return condition.reason === 'ProgressDeadlineExceeded' || deadlineMs(deployment, condition) < nowMs;
}
function deadlineMs(deployment: Deployment, condition: DeploymentCondition): number {
  return Date.parse(condition.lastUpdateTime ?? '') + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000;
}

/** The status during a rollout: `countStatus`, and how far it has come in Progressing and ReplicaFailure. */
export function rolloutStatus(deployment: Deployment, all: readonly ReplicaSet[], newest: ReplicaSet | undefined, nowMs: number): DeploymentStatus {
  const status = countStatus(deployment, all, newest, nowMs);
  let conditions = status.conditions ?? [];
  const current = conditionOf(deployment.status, 'Progressing');
  if (!hasProgressDeadline(deployment)) conditions = withoutCondition(conditions, 'Progressing');
  const isDone = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable';
  if (hasProgressDeadline(deployment) && !isDone) {
    const subject = newest ? `ReplicaSet "${newest.metadata.name ?? ''}"` : `Deployment "${deployment.metadata.name ?? ''}"`;
    if (isComplete(deployment, status)) {
      conditions = withCondition(conditions, newCondition('Progressing', 'True', 'NewReplicaSetAvailable', `${subject} has successfully progressed.`, nowMs));
    } else if (isProgressing(deployment.status ?? {}, status)) {
      const condition = newCondition('Progressing', 'True', 'ReplicaSetUpdated', `${subject} is progressing.`, nowMs);
      if (current?.status === 'True') condition.lastTransitionTime = current.lastTransitionTime;
      // Taken out first, so that its update time moves and the deadline counts from this progress.
      conditions = [...withoutCondition(conditions, 'Progressing'), condition];
    } else if (isTimedOut(deployment, nowMs)) {
      conditions = withCondition(conditions, newCondition('Progressing', 'False', 'ProgressDeadlineExceeded', `${subject} has timed out progressing.`, nowMs));
    }
  }
  const failure = replicaFailure(all, newest);
  conditions = failure ? withCondition(conditions, failure) : withoutCondition(conditions, 'ReplicaFailure');
  return { ...status, conditions };
}

/** The newest ReplicaSet's trouble, or else that of any other. */
function replicaFailure(all: readonly ReplicaSet[], newest: ReplicaSet | undefined): DeploymentCondition | undefined {
  for (const rs of newest ? [newest, ...all] : all) {
    const found = rs.status?.conditions?.find((c) => c.type === 'ReplicaFailure');
    if (!found) continue;
    return { ...found, lastUpdateTime: found.lastTransitionTime };
  }
  return undefined;
}

/** When to look again whether the rollout has passed its deadline; undefined when there is nothing to wait for. */
export function untilDeadlineMs(deployment: Deployment, status: DeploymentStatus, nowMs: number): number | undefined {
  const condition = conditionOf(status, 'Progressing');
  if (!condition || !hasProgressDeadline(deployment)) return undefined;
  if (isComplete(deployment, status) || condition.reason === 'ProgressDeadlineExceeded') return undefined;
  // Whole seconds are compared: one more, so that the deadline is surely past.
  return Math.max(0, deadlineMs(deployment, condition) - nowMs) + 1000;
}
