import type { Deployment, DeploymentStatus, ReplicaSet } from '#api/types/apps-v1';
import type { Pod } from '#api/types/core-v1';
import { isPodTerminal } from '../pod-facts.ts';
import { isEqual } from '../values.ts';
import { Draft, type ReplicaSetWrite } from './draft.ts';
import { countIn, DESIRED_REPLICAS, revisionOf } from './revision.ts';
import { byCreation, desiredOf, isRolling, isSaturated, maxUnavailable, newestSize, proportionalSizes, sizeOf, totalAvailable, totalSize } from './sizes.ts';
import { conditionOf, countStatus, hasProgressDeadline, isComplete, newCondition, revisionHistoryLimit, rolloutStatus, untilDeadlineMs } from './status.ts';

/** All writes of one pass, in the order in which they are to be made: create, changes, removals, deployment. */
export interface DeploymentPlan {
  readonly create: ReplicaSetWrite | undefined;
  readonly change: readonly ReplicaSetWrite[];
  readonly remove: readonly ReplicaSet[];
  /** With its new status and revision annotation; undefined when they are right already. Written through the status subresource. */
  readonly deployment: Deployment | undefined;
  readonly requeueAfterMs: number | undefined;
}

/** What a pass looks at: the ReplicaSets that the Deployment owns, and their Pods. */
export interface DeploymentState {
  readonly deployment: Deployment;
  readonly replicaSets: readonly ReplicaSet[];
  podsOf(replicaSet: ReplicaSet): Iterable<Pod>;
  readonly nowMs: number;
}

/** Decides the next step of a Deployment. Follows pkg/controller/deployment/{sync,rolling,recreate,progress}.go. */
export function planDeployment(state: DeploymentState): DeploymentPlan {
  const { deployment, nowMs } = state;
  const draft = new Draft(deployment, state.replicaSets, nowMs);
  if (deployment.metadata.deletionTimestamp !== undefined) {
    draft.syncNewest();
    return conclude(state, draft, { status: countStatus(draft.deployment, draft.all(), draft.newest(), nowMs), remove: [] });
  }
  markPaused(draft);
  draft.syncNewest();
  if (draft.deployment.spec.paused || isScaling(draft)) return planScaling(state, draft);
  const isStepTaken = isRolling(deployment) ? rollOn(draft) : recreate(state, draft);
  const status = rolloutStatus(draft.deployment, draft.all(), draft.newest(), nowMs);
  const isDone = !isStepTaken && isComplete(draft.deployment, draft.deployment.status ?? {});
  return conclude(state, draft, { status, remove: isDone ? planCleanup(draft) : [] });
}

function conclude(state: DeploymentState, draft: Draft, end: { status: DeploymentStatus; remove: ReplicaSet[] }): DeploymentPlan {
  const { status, remove } = end;
  const before = state.deployment;
  const after = { ...draft.deployment, status };
  const isChanged = !isEqual(before.status, status) || !isEqual(before.metadata.annotations, after.metadata.annotations);
  const requeueAfterMs = before.spec.paused ? undefined : untilDeadlineMs(after, status, state.nowMs);
  return { create: draft.created(), change: draft.changed(), remove, deployment: isChanged ? after : undefined, requeueAfterMs };
}

/** Pausing stops the progress clock, resuming starts it anew. */
function markPaused(draft: Draft): void {
  const { deployment, nowMs } = draft;
  const current = conditionOf(deployment.status, 'Progressing');
  if (!hasProgressDeadline(deployment) || current?.reason === 'ProgressDeadlineExceeded') return;
  const isMarked = current?.reason === 'DeploymentPaused';
  if (deployment.spec.paused && !isMarked) draft.setCondition(newCondition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused', nowMs));
  else if (!deployment.spec.paused && isMarked) {
    draft.setCondition(newCondition('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed', nowMs));
  }
}

/** The wanted size changed since the active ReplicaSets were last scaled. */
function isScaling(draft: Draft): boolean {
  const desired = desiredOf(draft.deployment);
  return active(draft.all()).some((rs) => (countIn(rs, DESIRED_REPLICAS) ?? desired) !== desired);
}

function planScaling(state: DeploymentState, draft: Draft): DeploymentPlan {
  scaleProportionally(draft);
  const remove = draft.deployment.spec.paused ? planCleanup(draft) : [];
  return conclude(state, draft, { status: countStatus(draft.deployment, draft.all(), draft.newest(), state.nowMs), remove });
}

function scaleProportionally(draft: Draft): void {
  const { deployment } = draft;
  const only = activeOrLatest(draft);
  if (only) {
    if (sizeOf(only) !== desiredOf(deployment)) draft.scale(only, desiredOf(deployment));
    return;
  }
  if (isSaturated(deployment, draft.newest())) {
    for (const old of active(draft.old())) draft.scale(old, 0);
    return;
  }
  if (!isRolling(deployment)) return;
  for (const [rs, size] of proportionalSizes(deployment, active(draft.all()))) draft.scale(rs, size);
}

/** The one ReplicaSet that has replicas; if none has, the newest or else the latest; undefined when several have. */
function activeOrLatest(draft: Draft): ReplicaSet | undefined {
  const withReplicas = active(draft.all());
  if (withReplicas.length > 1) return undefined;
  return withReplicas[0] ?? draft.newest() ?? draft.old().at(-1);
}

function active(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return sets.filter((rs) => sizeOf(rs) > 0);
}

/** One step of a rolling update; true when it changed a size. */
function rollOn(draft: Draft): boolean {
  if (!draft.newest()) draft.createNewest();
  return scaleUpNewest(draft) || scaleDownOld(draft);
}

function scaleUpNewest(draft: Draft): boolean {
  const newest = draft.newest();
  if (!newest) return false;
  const desired = desiredOf(draft.deployment);
  const current = sizeOf(newest);
  if (current === desired) return false;
  return draft.scale(newest, current > desired ? desired : newestSize(draft.deployment, draft.all(), current));
}

function scaleDownOld(draft: Draft): boolean {
  if (totalSize(active(draft.old())) === 0) return false;
  const { deployment } = draft;
  const newest = draft.newest();
  const minAvailable = desiredOf(deployment) - maxUnavailable(deployment);
  const newUnavailable = newest ? sizeOf(newest) - (newest.status?.availableReplicas ?? 0) : 0;
  const room = totalSize(draft.all()) - minAvailable - newUnavailable;
  if (room <= 0) return false;
  const removed = removeUnhealthy(draft, room) + removeHealthy(draft, totalAvailable(draft.all()) - minAvailable);
  return removed > 0;
}

/** Old replicas that are not available serve nobody: they go first. */
function removeUnhealthy(draft: Draft, most: number): number {
  let removed = 0;
  for (const rs of active(draft.old())) {
    const count = Math.min(most - removed, sizeOf(rs) - (rs.status?.availableReplicas ?? 0));
    if (count > 0 && draft.scale(rs, sizeOf(rs) - count)) removed += count;
  }
  return removed;
}
function removeHealthy(draft: Draft, most: number): number {
  let removed = 0;
  for (const rs of active(draft.old())) {
    const count = Math.min(most - removed, sizeOf(rs));
    if (count > 0 && draft.scale(rs, sizeOf(rs) - count)) removed += count;
  }
  return removed;
}

/** One step of a Recreate rollout: all old Pods end before the first new one begins. True when it changed a size. */
function recreate(state: DeploymentState, draft: Draft): boolean {
  const doomed = active(draft.old());
  for (const old of doomed) draft.scale(old, 0);
  if (doomed.length > 0 || areOldPodsRunning(state, draft)) return true;
  if (!draft.newest()) {
    draft.createNewest();
    return true;
  }
  const newest = draft.newest();
  return newest !== undefined && draft.scale(newest, desiredOf(draft.deployment));
}

function areOldPodsRunning(state: DeploymentState, draft: Draft): boolean {
  const newest = draft.newest();
  if (draft.old().some((rs) => (rs.status?.replicas ?? 0) > 0)) return true;
  return state.replicaSets.some((rs) => rs.metadata.uid !== newest?.metadata.uid && [...state.podsOf(rs)].some((pod) => !isPodTerminal(pod)));
}

/** Old ReplicaSets beyond the history limit that have nothing left, the oldest revisions first. */
function planCleanup(draft: Draft): ReplicaSet[] {
  const limit = revisionHistoryLimit(draft.deployment);
  if (limit === undefined) return [];
  const candidates = draft.old().filter((rs) => rs.metadata.deletionTimestamp === undefined);
  const excess = candidates.length - limit;
  if (excess <= 0) return [];
  candidates.sort((a, b) => revisionOf(a) - revisionOf(b) || byCreation(a, b));
  const isUsed = (rs: ReplicaSet): boolean =>
    (rs.status?.replicas ?? 0) !== 0 || sizeOf(rs) !== 0 || (rs.metadata.generation ?? 0) > (rs.status?.observedGeneration ?? 0);
  return candidates.slice(0, excess).filter((rs) => !isUsed(rs));
}
