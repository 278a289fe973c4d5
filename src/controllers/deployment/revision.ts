import type { Deployment, ReplicaSet } from '#api/types/apps-v1';

/** Annotations by which a Deployment and its ReplicaSets tell which rollout they belong to, and from which size they were scaled. */
export const REVISION = 'deployment.kubernetes.io/revision';
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';

const HISTORY_MAX_LENGTH = 2000;

// What a Deployment says about itself and not about the Pods of a revision.
const NOT_COPIED = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
]);

type Annotations = Readonly<Record<string, string>>;

/** The revision a ReplicaSet carries; 0 without one. */
export function revisionOf(replicaSet: ReplicaSet): number {
  const text = replicaSet.metadata.annotations?.[REVISION];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : 0;
}

/** One more than the newest of the old revisions. */
export function nextRevision(old: readonly ReplicaSet[]): number {
  return 1 + Math.max(0, ...old.map(revisionOf));
}

/** The annotations that the ReplicaSet of `revision` is to have: the Deployment's, its revision, and those it had before when rolled back to. */
export function annotationsAtRevision(deployment: Deployment, replicaSet: ReplicaSet, revision: number): Annotations {
  const annotations: Record<string, string> = { ...replicaSet.metadata.annotations };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) if (!NOT_COPIED.has(key)) annotations[key] = value;
  const before = annotations[REVISION];
  const isUnreadable = before !== undefined && before !== '' && !/^\d+$/.test(before);
  if (isUnreadable || revisionOf(replicaSet) >= revision) return annotations;
  annotations[REVISION] = String(revision);
  if (before) {
    const history = withRevision(annotations[REVISION_HISTORY] ?? '', before);
    if (history !== undefined) annotations[REVISION_HISTORY] = history;
  }
  return annotations;
}

/** Appends to the comma-separated list, dropping the oldest entries where it would grow too long; undefined when it cannot fit at all. */
function withRevision(history: string, revision: string): string | undefined {
  if (history === '') return revision;
  const revisions = [...history.split(','), revision];
  while (revisions.length > 0 && revisions.join(',').length > HISTORY_MAX_LENGTH) revisions.shift();
  return revisions.length > 0 ? revisions.join(',') : undefined;
}

/** The annotations with the sizes from which proportional scaling starts. */
export function withReplicaCounts(annotations: Annotations | undefined, desired: number, max: number): Annotations {
  return { ...annotations, [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(max) };
}

/** A whole number in an annotation; undefined when absent or unreadable. */
export function countIn(replicaSet: ReplicaSet, annotation: string): number | undefined {
  const text = replicaSet.metadata.annotations?.[annotation];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}
