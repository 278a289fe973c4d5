import { deployments, controllerOf, isStatus, keyOf, pods, replicaSets, selectorOf } from '#api';
import type { Deployment, ReplicaSet } from '#api/types/apps-v1';
import type { Pod } from '#api/types/core-v1';
import type { Controller, Outcome, Wiring } from '../controller.ts';
import { byController, byNamespace, type Index, orphansByNamespace } from '../indexes.ts';
import { claim, planClaims } from '../owners.ts';
import { isNamespaceTerminating, messageOf } from '../refusals.ts';
import { isEqual } from '../values.ts';
import { type ReplicaSetWrite, nameOf } from './draft.ts';
import { type DeploymentPlan, planDeployment } from './plan.ts';
import { hasProgressDeadline, newCondition, withCondition } from './status.ts';
import { isSameTemplate } from './template.ts';

/** Rolls every Deployment out through its ReplicaSets. Follows pkg/controller/deployment/deployment_controller.go. */
export const deploymentController: Controller = {
  name: 'deployment',
  account: 'deployment-controller',
  connect(wiring) {
    const loop = new DeploymentLoop(wiring);
    return (key) => loop.reconcile(key);
  },
};

class DeploymentLoop {
  readonly #wiring: Wiring;
  readonly #deployments;
  readonly #deploymentsIn: Index<Deployment>;
  readonly #setsOf: Index<ReplicaSet>;
  readonly #orphansIn: Index<ReplicaSet>;
  readonly #podsOf: Index<Pod>;
  readonly #sets;

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
    this.#deployments = wiring.informers.informer(deployments);
    this.#sets = wiring.informers.informer(replicaSets);
    const podInformer = wiring.informers.informer(pods);
    this.#deploymentsIn = byNamespace(this.#deployments);
    this.#setsOf = byController(this.#sets);
    this.#orphansIn = orphansByNamespace(this.#sets);
    this.#podsOf = byController(podInformer);
    const enqueue = (deployment: Deployment): void => wiring.enqueue(keyOf(deployment));
    this.#deployments.on({ added: enqueue, updated: enqueue, deleted: enqueue });
    this.#sets.on({
      added: (set) => this.#setChanged(set),
      updated: (set, old) => this.#setUpdated(set, old),
      deleted: (set) => this.#setChanged(set),
    });
    // Recreate waits for the last old Pod to go.
    podInformer.on({ deleted: (pod) => this.#podDeleted(pod) });
  }

  async reconcile(key: string): Promise<Outcome> {
    const deployment = this.#deployments.store.get(key);
    if (!deployment) return 'done';
    const { selector } = deployment.spec;
    if (isEqual(selector, {})) {
      this.#wiring.events.event(deployment, 'Warning', 'SelectingAll', 'This deployment is selecting all pods. A non-empty selector is required.');
      return 'done';
    }
    const owned = await this.#claimSets(deployment);
    const plan = planDeployment({
      deployment,
      replicaSets: owned,
      podsOf: (set) => this.#podsOf(set.metadata.uid ?? ''),
      nowMs: this.#wiring.clock.now(),
    });
    return this.#carryOut(deployment, plan);
  }

  async #claimSets(deployment: Deployment): Promise<ReplicaSet[]> {
    const selector = selectorOf(deployment.spec.selector);
    const candidates = [...this.#setsOf(deployment.metadata.uid ?? ''), ...this.#orphansIn(deployment.metadata.namespace ?? '')];
    const claims = planClaims(deployment, candidates, (set) => selector.matches(set.metadata.labels));
    return claim(this.#wiring.client, { owner: deployments, dependent: replicaSets }, deployment, claims);
  }

  async #carryOut(deployment: Deployment, plan: DeploymentPlan): Promise<Outcome> {
    const { client } = this.#wiring;
    if (plan.create && !(await this.#create(deployment, plan.create))) return 'done';
    for (const { replicaSet, events } of plan.change) {
      await client.update(replicaSets, replicaSet);
      this.#tell(deployment, events);
    }
    for (const set of plan.remove) await this.#remove(set);
    if (plan.deployment) await client.update(deployments, plan.deployment, { subresource: 'status' });
    return plan.requeueAfterMs === undefined ? 'done' : { requeueAfterMs: plan.requeueAfterMs };
  }

  /** False when the name is taken by something else: then the hash is about to change. */
  async #create(deployment: Deployment, { replicaSet, events }: ReplicaSetWrite): Promise<boolean> {
    try {
      await this.#wiring.client.create(replicaSets, replicaSet);
    } catch (error) {
      if (isStatus(error, 'AlreadyExists')) return this.#resolveCollision(deployment, replicaSet);
      await this.#reportCreateError(deployment, replicaSet, error);
      throw error;
    }
    this.#tell(deployment, events);
    return true;
  }

  async #resolveCollision(deployment: Deployment, wanted: ReplicaSet): Promise<boolean> {
    const { client } = this.#wiring;
    const { namespace } = deployment.metadata;
    const found = await client.get(replicaSets, { namespace, name: nameOf(wanted) });
    // Ours already: the cache has not shown it yet.
    if (controllerOf(found)?.uid === deployment.metadata.uid && isSameTemplate(found.spec.template, wanted.spec.template)) return true;
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await client.update(deployments, { ...deployment, status: { ...deployment.status, collisionCount } }, { subresource: 'status' });
    return false;
  }

  async #reportCreateError(deployment: Deployment, replicaSet: ReplicaSet, error: unknown): Promise<void> {
    const { client, events, clock } = this.#wiring;
    if (isNamespaceTerminating(error)) return;
    const message = `Failed to create new replica set "${nameOf(replicaSet)}": ${messageOf(error)}`;
    if (hasProgressDeadline(deployment)) {
      const condition = newCondition('Progressing', 'False', 'ReplicaSetCreateError', message, clock.now());
      const conditions = withCondition(deployment.status?.conditions ?? [], condition);
      // The error itself is thrown on; a status that cannot be written now is written with the next attempt.
      if (!isEqual(conditions, deployment.status?.conditions)) {
        await client.update(deployments, { ...deployment, status: { ...deployment.status, conditions } }, { subresource: 'status' }).catch(() => undefined);
      }
    }
    events.event(deployment, 'Warning', 'ReplicaSetCreateError', message);
  }

  async #remove(set: ReplicaSet): Promise<void> {
    try {
      await this.#wiring.client.delete(replicaSets, { namespace: set.metadata.namespace, name: nameOf(set) });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }

  #tell(deployment: Deployment, texts: readonly string[]): void {
    for (const text of texts) this.#wiring.events.event(deployment, 'Normal', 'ScalingReplicaSet', text);
  }

  #setUpdated(set: ReplicaSet, old: ReplicaSet): void {
    if (controllerOf(old)?.uid !== controllerOf(set)?.uid) this.#enqueueOwner(old);
    this.#setChanged(set);
  }
  #setChanged(set: ReplicaSet): void {
    if (controllerOf(set)) return this.#enqueueOwner(set);
    for (const deployment of this.#deploymentsIn(set.metadata.namespace ?? '')) {
      if (selectorOf(deployment.spec.selector).matches(set.metadata.labels)) this.#wiring.enqueue(keyOf(deployment));
    }
    return undefined;
  }
  #enqueueOwner(set: ReplicaSet): void {
    const owner = controllerOf(set);
    if (owner?.kind !== 'Deployment') return;
    const key = keyOf({ namespace: set.metadata.namespace, name: owner.name });
    if (this.#deployments.store.get(key)?.metadata.uid === owner.uid) this.#wiring.enqueue(key);
  }
  #podDeleted(pod: Pod): void {
    const owner = controllerOf(pod);
    if (owner?.kind !== 'ReplicaSet') return;
    const set = this.#sets.store.get(keyOf({ namespace: pod.metadata.namespace, name: owner.name }));
    const manager = set && controllerOf(set);
    if (manager?.kind !== 'Deployment') return;
    const key = keyOf({ namespace: pod.metadata.namespace, name: manager.name });
    if (this.#deployments.store.get(key)?.spec.strategy?.type === 'Recreate') this.#wiring.enqueue(key);
  }
}
