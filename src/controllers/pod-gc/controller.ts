import { isStatus, type JsonObject, keyOf, nodes, pods, refOf } from '#api';
import type { Node, Pod } from '#api/types/core-v1';
import { rfc3339 } from '#lib';
import type { Controller, Outcome, Wiring } from '../controller.ts';
import { byNode, type Index } from '../indexes.ts';
import { isPodTerminal } from '../pod-facts.ts';
import { excessTerminated, isOutOfService, isStranded, isUnscheduledTerminating } from './plan.ts';

// How long a node has to be missing before its Pods are: it may be registering anew.
const QUARANTINE_MS = 40_000;
/** The key for looking at all ended Pods together. */
const TERMINATED = '';

/** Deletes Pods that no kubelet will ever take care of. Follows pkg/controller/podgc/gc_controller.go. */
export function podGcController(terminatedThreshold: number): Controller {
  return {
    name: 'pod-gc',
    account: 'pod-garbage-collector',
    connect(wiring) {
      const loop = new PodGcLoop(wiring, terminatedThreshold);
      return (key) => loop.reconcile(key);
    },
  };
}

class PodGcLoop {
  readonly #wiring: Wiring;
  readonly #threshold: number;
  readonly #nodes;
  readonly #pods;
  readonly #podsOn: Index<Pod>;
  /** Ended Pods, by key, as the threshold counts them. */
  readonly #ended = new Set<string>();
  /** Missing node → since when (monotonic). */
  readonly #missing = new Map<string, number>();

  constructor(wiring: Wiring, threshold: number) {
    this.#wiring = wiring;
    this.#threshold = threshold;
    this.#nodes = wiring.informers.informer(nodes);
    this.#pods = wiring.informers.informer(pods);
    this.#podsOn = byNode(this.#pods);
    const enqueuePodsOn = (node: Node): void => {
      for (const pod of this.#podsOn(node.metadata.name ?? '')) wiring.enqueue(keyOf(pod));
    };
    this.#nodes.on({
      added: (node) => this.#missing.delete(node.metadata.name ?? ''),
      updated: (node) => {
        if (isOutOfService(node)) enqueuePodsOn(node);
      },
      deleted: enqueuePodsOn,
    });
    this.#pods.on({
      added: (pod) => this.#podChanged(pod),
      updated: (pod) => this.#podChanged(pod),
      deleted: (pod) => this.#ended.delete(keyOf(pod)),
    });
  }

  async reconcile(key: string): Promise<Outcome> {
    if (key === TERMINATED) return this.#collectTerminated();
    const pod = this.#pods.store.get(key);
    if (!pod) return 'done';
    const nodeName = pod.spec?.nodeName ?? '';
    const node = this.#nodes.store.get(nodeName);
    if (isUnscheduledTerminating(pod) || isStranded(pod, node)) {
      await this.#remove(pod, undefined);
    } else if (nodeName !== '' && !node) {
      return this.#collectOrphan(pod, nodeName);
    }
    return 'done';
  }

  async #collectOrphan(pod: Pod, nodeName: string): Promise<Outcome> {
    const { clock } = this.#wiring;
    const sinceMs = this.#missing.get(nodeName) ?? clock.monotonic();
    this.#missing.set(nodeName, sinceMs);
    const leftMs = sinceMs + QUARANTINE_MS - clock.monotonic();
    if (leftMs > 0) return { requeueAfterMs: leftMs };
    if (await this.#exists(nodeName)) return 'done';
    await this.#remove(pod, {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByPodGC',
      message: 'PodGC: node no longer exists',
      lastTransitionTime: rfc3339(clock.now()),
    });
    return 'done';
  }
  /** Past the cache. */
  async #exists(name: string): Promise<boolean> {
    try {
      await this.#wiring.client.get(nodes, { name });
      return true;
    } catch (error) {
      if (isStatus(error, 'NotFound')) return false;
      throw error;
    }
  }

  async #collectTerminated(): Promise<Outcome> {
    const doomed = excessTerminated(this.#pods.store.list(), this.#threshold);
    await Promise.all(doomed.map((pod) => this.#remove(pod, undefined)));
    return 'done';
  }

  /** Ends the Pod on paper, with the reason where there is one, and takes it away at once. */
  async #remove(pod: Pod, condition: JsonObject | undefined): Promise<void> {
    const { client } = this.#wiring;
    const ref = refOf(keyOf(pod));
    const { uid } = pod.metadata;
    try {
      if (!isPodTerminal(pod)) {
        const status = { phase: 'Failed', ...(condition ? { conditions: [condition] } : {}) };
        await client.patch(pods, ref, { metadata: { uid }, status }, { type: 'strategic', subresource: 'status' });
      }
      await client.delete(pods, ref, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      // Gone, or another Pod of that name by now.
      if (!isStatus(error, 'NotFound', 'Conflict')) throw error;
    }
  }

  #podChanged(pod: Pod): void {
    const key = keyOf(pod);
    if (isPodTerminal(pod)) {
      this.#ended.add(key);
      if (this.#threshold > 0 && this.#ended.size > this.#threshold) this.#wiring.enqueue(TERMINATED, 1000);
    }
    const nodeName = pod.spec?.nodeName ?? '';
    const node = this.#nodes.store.get(nodeName);
    if (isUnscheduledTerminating(pod) || isStranded(pod, node) || (nodeName !== '' && !node)) this.#wiring.enqueue(key);
  }
}
