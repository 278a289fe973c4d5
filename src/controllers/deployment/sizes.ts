import { scaledIntOrPercent } from '#api';
import type { Deployment, ReplicaSet } from '#api/types/apps-v1';
import { countIn, DESIRED_REPLICAS, MAX_REPLICAS } from './revision.ts';

/** Replicas the Deployment wants. */
export function desiredOf(deployment: Deployment): number {
  return deployment.spec.replicas ?? 1;
}
/** Replicas a ReplicaSet is told to have. */
export function sizeOf(replicaSet: ReplicaSet): number {
  return replicaSet.spec.replicas ?? 1;
}
/** Replicas that these ReplicaSets together are told to have. */
export function totalSize(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, rs) => sum + sizeOf(rs), 0);
}
/** Replicas of these ReplicaSets that are available. */
export function totalAvailable(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, rs) => sum + (rs.status?.availableReplicas ?? 0), 0);
}
/** Whether new Pods replace old ones step by step. */
export function isRolling(deployment: Deployment): boolean {
  return (deployment.spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
}

/** Room around the wanted number during a rolling update, both 0 otherwise: `surge` rounded up, `unavailable` down, never both 0. */
export function fenceposts(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  if (!isRolling(deployment)) return { surge: 0, unavailable: 0 };
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const desired = desiredOf(deployment);
  const surge = scaledIntOrPercent(maxSurge, desired, 'up');
  const unavailable = scaledIntOrPercent(maxUnavailable, desired, 'down');
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}
/** Replicas that there may be beyond the wanted number. */
export function maxSurge(deployment: Deployment): number {
  return fenceposts(deployment).surge;
}
/** Never more than there are replicas. */
export function maxUnavailable(deployment: Deployment): number {
  const desired = desiredOf(deployment);
  return desired === 0 ? 0 : Math.min(fenceposts(deployment).unavailable, desired);
}

/** The size that the newest ReplicaSet may have now, `all` of them including it. */
export function newestSize(deployment: Deployment, all: readonly ReplicaSet[], current: number): number {
  const desired = desiredOf(deployment);
  if (!isRolling(deployment)) return desired;
  const room = desired + maxSurge(deployment) - totalSize(all);
  return room <= 0 ? current : current + Math.min(room, desired - current);
}

/** The newest ReplicaSet is all there should be: it is as large as wanted, by its annotation too, and available. */
export function isSaturated(deployment: Deployment, newest: ReplicaSet | undefined): boolean {
  const desired = desiredOf(deployment);
  return (
    newest !== undefined && sizeOf(newest) === desired && countIn(newest, DESIRED_REPLICAS) === desired && (newest.status?.availableReplicas ?? 0) === desired
  );
}

/** A size that changed while a rollout goes on is shared among the ReplicaSets in proportion to theirs. Returns the new sizes in the order of `active`. */
export function proportionalSizes(deployment: Deployment, active: readonly ReplicaSet[]): ReadonlyMap<ReplicaSet, number> {
  const desired = desiredOf(deployment);
  const allowed = desired > 0 ? desired + maxSurge(deployment) : 0;
  const toAdd = allowed - totalSize(active);
  const ordered = [...active].sort((a, b) => sizeOf(b) - sizeOf(a) || byCreation(a, b) * (toAdd > 0 ? -1 : 1));
  const sizes = new Map<ReplicaSet, number>();
  let added = 0;
  for (const rs of ordered) {
    const share = shareOf(deployment, rs, toAdd, added);
    sizes.set(rs, sizeOf(rs) + share);
    added += share;
  }
  const [largest] = ordered;
  // What rounding left over goes to the largest.
  if (largest && toAdd !== 0) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + toAdd - added));
  return sizes;
}

function shareOf(deployment: Deployment, rs: ReplicaSet, toAdd: number, added: number): number {
  if (sizeOf(rs) === 0 || toAdd === 0 || toAdd === added) return 0;
  const fraction = fractionOf(deployment, rs);
  return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added);
}
function fractionOf(deployment: Deployment, rs: ReplicaSet): number {
  const desired = desiredOf(deployment);
  if (desired === 0) return -sizeOf(rs);
  const before = countIn(rs, MAX_REPLICAS) || (deployment.status?.replicas ?? 0);
  if (before === 0) return 0;
  return Math.round((sizeOf(rs) * (desired + maxSurge(deployment))) / before) - sizeOf(rs);
}

/** Oldest first, by name where they are of the same second. */
export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  const [ta, tb] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (ta !== tb) return ta < tb ? -1 : 1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}
