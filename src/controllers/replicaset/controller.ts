import { controllerOf, isStatus, keyOf, pods, replicaSets, selectorOf } from '#api';
import type { ReplicaSet, ReplicaSetStatus } from '#api/types/apps-v1';
import type { Pod } from '#api/types/core-v1';
import type { Controller, Outcome, Wiring } from '../controller.ts';
import { Expectations } from '../expectations.ts';
import { byController, byNamespace, type Index, orphansByNamespace } from '../indexes.ts';
import { claim, planClaims } from '../owners.ts';
import { isPodActive } from '../pod-facts.ts';
import { isNamespaceTerminating, messageOf } from '../refusals.ts';
import { slowStart } from '../slow-start.ts';
import { isEqual } from '../values.ts';
import { newPod, nextAvailabilityMs, planReplicas, planStatus, type ReplicaFailure, type ReplicaPlan } from './plan.ts';

/** Keeps as many Pods as each ReplicaSet wants. Follows pkg/controller/replicaset/replica_set.go. */
export const replicaSetController: Controller = {
  name: 'replicaset',
  account: 'replicaset-controller',
  connect(wiring) {
    const loop = new ReplicaSetLoop(wiring);
    return (key) => loop.reconcile(key);
  },
};

class ReplicaSetLoop {
  readonly #wiring: Wiring;
  readonly #sets;
  readonly #podsOf: Index<Pod>;
  readonly #orphansIn: Index<Pod>;
  readonly #setsOf: Index<ReplicaSet>;
  readonly #setsIn: Index<ReplicaSet>;
  readonly #expectations: Expectations;

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
    this.#expectations = new Expectations(wiring.clock);
    this.#sets = wiring.informers.informer(replicaSets);
    const podInformer = wiring.informers.informer(pods);
    this.#podsOf = byController(podInformer);
    this.#orphansIn = orphansByNamespace(podInformer);
    this.#setsOf = byController(this.#sets);
    this.#setsIn = byNamespace(this.#sets);
    this.#sets.on({
      added: (set) => wiring.enqueue(keyOf(set)),
      updated: (set, old) => this.#setUpdated(set, old),
      deleted: (set) => {
        this.#expectations.forget(keyOf(set));
        wiring.enqueue(keyOf(set));
      },
    });
    podInformer.on({
      added: (pod) => this.#podAdded(pod),
      updated: (pod, old) => this.#podUpdated(pod, old),
      deleted: (pod) => this.#podDeleted(pod),
    });
  }

  async reconcile(key: string): Promise<Outcome> {
    const set = this.#sets.store.get(key);
    if (!set) {
      this.#expectations.forget(key);
      return 'done';
    }
    // Read before the Pods: an expectation that is met later is met by a newer cache than the one counted here.
    const isCacheCurrent = this.#expectations.areMet(key);
    const owned = await this.#claimPods(set);
    let failure: ReplicaFailure | undefined;
    let error: unknown;
    if (isCacheCurrent && set.metadata.deletionTimestamp === undefined) {
      const plan = planReplicas(set, owned, { related: () => this.#relatedPods(set), nowMs: this.#wiring.clock.now() });
      error = await this.#carryOut(set, plan);
      if (error !== undefined) failure = { reason: plan.create > 0 ? 'FailedCreate' : 'FailedDelete', message: messageOf(error) };
    }
    const nowMs = this.#wiring.clock.now();
    await this.#writeStatus(set, planStatus(set, owned, failure, nowMs));
    if (error !== undefined) throw error;
    const nextMs = nextAvailabilityMs(set, owned, nowMs);
    return nextMs === undefined ? 'done' : { requeueAfterMs: nextMs };
  }

  async #claimPods(set: ReplicaSet): Promise<Pod[]> {
    const selector = selectorOf(set.spec.selector);
    const candidates = new Set(this.#podsOf(set.metadata.uid ?? ''));
    for (const pod of this.#orphansIn(set.metadata.namespace ?? '')) if (isPodActive(pod)) candidates.add(pod);
    const claims = planClaims(set, candidates, (pod) => selector.matches(pod.metadata.labels));
    return claim(this.#wiring.client, { owner: replicaSets, dependent: pods }, set, claims);
  }

  /** Active Pods of all ReplicaSets that one Deployment manages: they share the nodes on which doubling up is to be avoided. */
  #relatedPods(set: ReplicaSet): Pod[] {
    const manager = controllerOf(set);
    const siblings = manager ? this.#setsOf(manager.uid) : [set];
    return [...siblings].flatMap((sibling) => [...this.#podsOf(sibling.metadata.uid ?? '')].filter(isPodActive));
  }

  /** Resolves with the first failure. */
  async #carryOut(set: ReplicaSet, plan: ReplicaPlan): Promise<unknown> {
    if (plan.create > 0) return this.#createPods(set, plan.create);
    if (plan.remove.length > 0) return this.#deletePods(set, plan.remove);
    return undefined;
  }

  async #createPods(set: ReplicaSet, count: number): Promise<unknown> {
    const key = keyOf(set);
    this.#expectations.expectCreations(key, count);
    const result = await slowStart(count, () => this.#createPod(set, key));
    this.#expectations.creationObserved(key, result.skipped);
    return result.error;
  }

  async #createPod(set: ReplicaSet, key: string): Promise<void> {
    const { client, events } = this.#wiring;
    try {
      const pod = await client.create(pods, newPod(set));
      events.event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name ?? ''}`);
    } catch (error) {
      this.#expectations.creationObserved(key);
      // Nothing can be made in a namespace that ends, and nobody needs to hear of it.
      if (isNamespaceTerminating(error)) return;
      events.event(set, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
      throw error;
    }
  }

  async #deletePods(set: ReplicaSet, doomed: readonly Pod[]): Promise<unknown> {
    this.#expectations.expectDeletions(keyOf(set), doomed.map(identityOf));
    const results = await Promise.allSettled(doomed.map((pod) => this.#deletePod(set, pod)));
    return results.find((r) => r.status === 'rejected')?.reason;
  }

  async #deletePod(set: ReplicaSet, pod: Pod): Promise<void> {
    const { client, events } = this.#wiring;
    const name = pod.metadata.name ?? '';
    try {
      await client.delete(pods, { namespace: pod.metadata.namespace, name }, { preconditions: { uid: pod.metadata.uid } });
      events.event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    } catch (error) {
      this.#expectations.deletionObserved(keyOf(set), identityOf(pod));
      // Gone, or another Pod of that name by now.
      if (isStatus(error, 'NotFound', 'Conflict')) return;
      events.event(set, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
      throw error;
    }
  }

  async #writeStatus(set: ReplicaSet, status: ReplicaSetStatus): Promise<void> {
    if (isEqual(set.status, status)) return;
    await this.#wiring.client.update(replicaSets, { ...set, status }, { subresource: 'status' });
  }

  #setUpdated(set: ReplicaSet, old: ReplicaSet): void {
    // Deleted and made again between two events: the old one's expectations mean nothing.
    if (set.metadata.uid !== old.metadata.uid) this.#expectations.forget(keyOf(old));
    this.#wiring.enqueue(keyOf(set));
  }

  #podAdded(pod: Pod): void {
    // After a restart a Pod may show up that is being deleted already: it is no creation.
    if (pod.metadata.deletionTimestamp !== undefined) return this.#podDeleted(pod);
    const key = this.#ownerKey(pod);
    if (key !== undefined) {
      this.#expectations.creationObserved(key);
      this.#wiring.enqueue(key);
    } else if (!controllerOf(pod)) this.#enqueueMatching(pod);
  }

  #podUpdated(pod: Pod, old: Pod): void {
    const isReplaced = pod.metadata.uid !== old.metadata.uid;
    if (isReplaced) {
      this.#podDeleted(old);
      return this.#podAdded(pod);
    }
    if (pod.metadata.deletionTimestamp !== undefined && old.metadata.deletionTimestamp === undefined) return this.#podDeleted(pod);
    const key = this.#ownerKey(pod);
    const oldKey = this.#ownerKey(old);
    if (oldKey !== undefined && oldKey !== key) this.#wiring.enqueue(oldKey);
    if (key !== undefined) return this.#wiring.enqueue(key);
    const isOrphanOfInterest = oldKey !== undefined || !isEqual(pod.metadata.labels, old.metadata.labels) || controllerOf(old) !== undefined;
    if (!controllerOf(pod) && isOrphanOfInterest) this.#enqueueMatching(pod);
    return undefined;
  }

  #podDeleted(pod: Pod): void {
    const key = this.#ownerKey(pod);
    if (key === undefined) return;
    this.#expectations.deletionObserved(key, identityOf(pod));
    this.#wiring.enqueue(key);
  }

  #ownerKey(pod: Pod): string | undefined {
    const owner = controllerOf(pod);
    if (owner?.kind !== 'ReplicaSet') return undefined;
    const key = keyOf({ namespace: pod.metadata.namespace, name: owner.name });
    return this.#sets.store.get(key)?.metadata.uid === owner.uid ? key : undefined;
  }

  #enqueueMatching(pod: Pod): void {
    for (const set of this.#setsIn(pod.metadata.namespace ?? '')) {
      if (selectorOf(set.spec.selector).matches(pod.metadata.labels)) this.#wiring.enqueue(keyOf(set));
    }
  }
}

function identityOf(pod: Pod): string {
  return `${keyOf(pod)}/${pod.metadata.uid ?? ''}`;
}
