import { allResources, isStatus, keyOf, type KubeObject, pods, quotaEvaluatorFor, type ResourceDefinition, type ResourceType, resourceQuotas } from '#api';
import type { Pod, ResourceQuota } from '#api/types/core-v1';
import type { Informer } from '#client';
import type { Controller, Outcome, Wiring } from '../controller.ts';
import { followCustomKinds } from '../custom-kinds.ts';
import { byNamespace, type Index } from '../indexes.ts';
import { changesLimits, freesQuota, planStatus, uncountedAtMs } from './plan.ts';

/** Objects that go in one sweep are counted together. */
const SWEEP_MS = 20;

/**
 * Keeps what quotas say of their use right: admission charges what is written, this gives back what went. Follows
 * pkg/controller/resourcequota/resource_quota_controller.go; instead of a count every five minutes it looks at what has changed.
 */
export const resourceQuotaController: Controller = {
  name: 'resourcequota',
  account: 'resourcequota-controller',
  connect(wiring) {
    const loop = new QuotaLoop(wiring);
    return (key) => loop.reconcile(key);
  },
};

/** Built-in kinds that quotas can count, each once. */
const COUNTED: readonly ResourceDefinition[] = [
  ...new Map(
    allResources
      .filter(({ namespaced, verbs }) => namespaced && (['create', 'list', 'watch', 'delete'] as const).every((verb) => verbs.includes(verb)))
      .filter((type) => quotaEvaluatorFor(type))
      .map((type) => [idOf(type), type] as const),
  ).values(),
];

function idOf({ group, plural }: { group: string; plural: string }): string {
  return `${plural}.${group}`;
}

class QuotaLoop {
  readonly #wiring: Wiring;
  readonly #quotas: Informer<ResourceQuota & KubeObject>;
  readonly #quotasIn: Index<ResourceQuota & KubeObject>;
  /** The kinds that are there, by `plural.group`. */
  readonly #objects = new Map<string, Informer<KubeObject>>();

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
    this.#quotas = wiring.informers.informer(resourceQuotas) as Informer<ResourceQuota & KubeObject>;
    this.#quotasIn = byNamespace(this.#quotas);
    for (const type of COUNTED) this.#watch(type, wiring.informers.informer(type));
    followCustomKinds(wiring, {
      added: (type, informer) => {
        if (!type.namespaced) return;
        this.#watch(type, informer);
        const count = (): void => this.#recount(type, undefined);
        informer.synced.then(count, () => {});
      },
      removed: (type) => this.#objects.delete(idOf(type)),
    });
    const changed = (quota: ResourceQuota & KubeObject): void => wiring.enqueue(keyOf(quota));
    this.#quotas.on({
      added: changed,
      updated: (quota, old) => {
        if (changesLimits(quota, old)) changed(quota);
      },
    });
  }

  async reconcile(key: string): Promise<Outcome> {
    const quota = this.#quotas.store.get(key);
    if (!quota) return 'done';
    const namespace = quota.metadata.namespace ?? '';
    const status = planStatus(quota, {
      nowMs: this.#wiring.clock.now(),
      objectsOf: (type) => {
        const informer = this.#objects.get(idOf(type));
        return informer?.hasSynced ? informer.store.list(namespace) : undefined;
      },
    });
    if (!status) return 'done';
    try {
      await this.#wiring.client.update(resourceQuotas, { ...quota, status }, { subresource: 'status' });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
    return 'done';
  }

  #watch(type: ResourceType, informer: Informer<KubeObject>): void {
    this.#objects.set(idOf(type), informer);
    const isPods = idOf(type) === idOf(pods);
    informer.on({
      deleted: ({ metadata }) => this.#recount(type, metadata.namespace),
      updated: (object, old) => {
        if (this.#quotas.store.size === 0) return;
        if (freesQuota(type.plural, object, old, this.#wiring.clock.now())) this.#recount(type, object.metadata.namespace);
        if (isPods && old.metadata.deletionTimestamp === undefined) this.#recountWhenOverdue(object as Pod);
      },
    });
  }

  /** A Pod that does not go in the time it was given counts no longer; nothing happens then that would tell. */
  #recountWhenOverdue(pod: Pod): void {
    const atMs = uncountedAtMs(pod);
    if (atMs !== undefined) this.#recount(pods, pod.metadata.namespace, atMs - this.#wiring.clock.now());
  }

  /** Counts the quotas that count such objects; all namespaces when none is given. */
  #recount(type: { group: string; plural: string }, namespace: string | undefined, delayMs = SWEEP_MS): void {
    if (this.#quotas.store.size === 0) return;
    const evaluator = quotaEvaluatorFor(type);
    for (const quota of namespace === undefined ? this.#quotas.store.list() : this.#quotasIn(namespace)) {
      const names = Object.keys(quota.spec?.hard ?? {});
      if (evaluator && evaluator.matchingResources(names).length > 0) this.#wiring.enqueue(keyOf(quota), delayMs);
    }
  }
}
