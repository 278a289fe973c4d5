import { ownerReferenceTo, deployments } from '#api';
import type { Deployment, DeploymentCondition, ReplicaSet } from '#api/types/apps-v1';
import { isEqual } from '../values.ts';
import { annotationsAtRevision, nextRevision, REVISION, withReplicaCounts } from './revision.ts';
import { byCreation, desiredOf, maxSurge, newestSize, sizeOf } from './sizes.ts';
import { conditionOf, hasProgressDeadline, newCondition, withCondition } from './status.ts';
import { HASH_LABEL, isSameTemplate, templateHash } from './template.ts';

/** A ReplicaSet as it is to be written, and the texts of the ScalingReplicaSet events once it is. */
export interface ReplicaSetWrite {
  readonly replicaSet: ReplicaSet;
  readonly events: readonly string[];
}

/** The Deployment and its ReplicaSets as they will be when the plan so far is carried out. Nothing that it was given is changed. */
export class Draft {
  deployment: Deployment;
  readonly nowMs: number;
  /** Key: name. */
  readonly #sets = new Map<string, { readonly before: ReplicaSet | undefined; now: ReplicaSet; readonly events: string[] }>();
  #newestName: string | undefined;

  constructor(deployment: Deployment, replicaSets: readonly ReplicaSet[], nowMs: number) {
    this.deployment = deployment;
    this.nowMs = nowMs;
    for (const rs of [...replicaSets].sort(byCreation)) this.#sets.set(nameOf(rs), { before: rs, now: rs, events: [] });
    const newest = this.all().find((rs) => isSameTemplate(rs.spec.template, deployment.spec.template));
    this.#newestName = newest && nameOf(newest);
  }

  /** Oldest first. */
  all(): ReplicaSet[] {
    return [...this.#sets.values()].map((entry) => entry.now);
  }
  /** The one of the Deployment's present template. */
  newest(): ReplicaSet | undefined {
    return this.#newestName === undefined ? undefined : this.#sets.get(this.#newestName)?.now;
  }
  /** All but the newest, oldest first. */
  old(): ReplicaSet[] {
    return this.all().filter((rs) => nameOf(rs) !== this.#newestName);
  }

  /** Brings revision, copied annotations and minReadySeconds of the newest up to date, where there is one. */
  syncNewest(): void {
    const newest = this.newest();
    if (!newest) return;
    const annotations = annotationsAtRevision(this.deployment, newest, nextRevision(this.old()));
    const minReadySeconds = this.deployment.spec.minReadySeconds ?? 0;
    if (!isEqual(annotations, newest.metadata.annotations) || minReadySeconds !== (newest.spec.minReadySeconds ?? 0)) {
      this.#replace({ ...newest, metadata: { ...newest.metadata, annotations }, spec: { ...newest.spec, minReadySeconds } });
    }
    this.#adoptRevision(annotations);
    if (hasProgressDeadline(this.deployment) && !conditionOf(this.deployment.status, 'Progressing')) {
      this.setCondition(newCondition('Progressing', 'True', 'FoundNewReplicaSet', `Found new replica set "${nameOf(newest)}"`, this.nowMs));
    }
  }

  /** Plans the ReplicaSet of the present template, as large as it may be at once. */
  createNewest(): void {
    const { deployment } = this;
    const template = structuredClone(deployment.spec.template);
    const hash = templateHash(deployment.spec.template, deployment.status?.collisionCount);
    const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
    const name = `${deployment.metadata.name ?? ''}-${hash}`;
    const { selector } = deployment.spec;
    const set: ReplicaSet = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name, namespace: deployment.metadata.namespace, labels, ownerReferences: [ownerReferenceTo(deployment, deployments)] },
      spec: {
        replicas: 0,
        minReadySeconds: deployment.spec.minReadySeconds ?? 0,
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    };
    const size = newestSize(deployment, this.all(), 0);
    const annotations = annotationsAtRevision(deployment, set, nextRevision(this.all()));
    set.metadata.annotations = withReplicaCounts(annotations, desiredOf(deployment), desiredOf(deployment) + maxSurge(deployment));
    set.spec.replicas = size;
    const events = size > 0 ? [`Scaled up replica set ${name} from 0 to ${size}`] : [];
    this.#sets.set(name, { before: undefined, now: set, events });
    this.#newestName = name;
    this.#adoptRevision(set.metadata.annotations);
    if (hasProgressDeadline(deployment)) {
      this.setCondition(newCondition('Progressing', 'True', 'NewReplicaSetCreated', `Created new replica set "${name}"`, this.nowMs));
    }
  }

  /** Sets the size and the annotations that go with it; true when the size changes. */
  scale(replicaSet: ReplicaSet, size: number): boolean {
    const from = sizeOf(replicaSet);
    const desired = desiredOf(this.deployment);
    const annotations = withReplicaCounts(replicaSet.metadata.annotations, desired, desired + maxSurge(this.deployment));
    if (from === size && isEqual(annotations, replicaSet.metadata.annotations)) return false;
    const entry = this.#replace({ ...replicaSet, metadata: { ...replicaSet.metadata, annotations }, spec: { ...replicaSet.spec, replicas: size } });
    if (from === size) return false;
    entry?.events.push(`Scaled ${size > from ? 'up' : 'down'} replica set ${nameOf(replicaSet)} from ${from} to ${size}`);
    return true;
  }

  setCondition(condition: DeploymentCondition): void {
    const { status } = this.deployment;
    this.deployment = { ...this.deployment, status: { ...status, conditions: withCondition(status?.conditions ?? [], condition) } };
  }

  /** The ReplicaSet to be made, if any. */
  created(): ReplicaSetWrite | undefined {
    for (const { before, now, events } of this.#sets.values()) if (!before) return { replicaSet: now, events };
    return undefined;
  }
  /** The ReplicaSets to be changed. */
  changed(): ReplicaSetWrite[] {
    return [...this.#sets.values()].filter((e) => e.before && e.before !== e.now).map((e) => ({ replicaSet: e.now, events: e.events }));
  }

  #replace(replicaSet: ReplicaSet): { events: string[] } | undefined {
    const entry = this.#sets.get(nameOf(replicaSet));
    if (entry) entry.now = replicaSet;
    return entry;
  }
  #adoptRevision(annotations: Readonly<Record<string, string>>): void {
    const revision = annotations[REVISION];
    const { metadata } = this.deployment;
    if (revision === undefined || metadata.annotations?.[REVISION] === revision) return;
    this.deployment = { ...this.deployment, metadata: { ...metadata, annotations: { ...metadata.annotations, [REVISION]: revision } } };
  }
}

/** The name, which every ReplicaSet here has. */
export function nameOf(replicaSet: ReplicaSet): string {
  return replicaSet.metadata.name ?? '';
}
