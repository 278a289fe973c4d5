import { isStatus, type JsonObject, keyOf, nodes, pods, refOf } from '#api';
import type { Node, Pod, Taint } from '#api/types/core-v1';
import { rfc3339 } from '#lib';
import type { Controller, Outcome, Wiring } from '../controller.ts';
import { byNode, type Index } from '../indexes.ts';
import { isEqual } from '../values.ts';
import { toleratedSeconds } from './plan.ts';

/** Deletes Pods that do not tolerate their node's NoExecute taints, when their time is up. Follows pkg/controller/tainteviction/taint_eviction.go. */
export const taintEvictionController: Controller = {
  name: 'taint-eviction',
  account: 'node-controller',
  eventSource: 'taint-eviction-controller',
  connect(wiring) {
    const loop = new TaintEvictionLoop(wiring);
    return (key) => loop.reconcile(key);
  },
};

class TaintEvictionLoop {
  readonly #wiring: Wiring;
  readonly #nodes;
  readonly #pods;
  readonly #podsOn: Index<Pod>;
  /** Pod key → its uid and when (monotonic) the taints were first seen to concern it. */
  readonly #scheduled = new Map<string, { readonly uid: string; readonly sinceMs: number }>();

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
    this.#nodes = wiring.informers.informer(nodes);
    this.#pods = wiring.informers.informer(pods);
    this.#podsOn = byNode(this.#pods);
    this.#nodes.on({
      added: (node) => this.#nodeChanged(node, undefined),
      updated: (node, old) => this.#nodeChanged(node, old),
    });
    this.#pods.on({
      added: (pod) => this.#podChanged(pod, undefined),
      updated: (pod, old) => this.#podChanged(pod, old),
      deleted: (pod) => this.#scheduled.delete(keyOf(pod)),
    });
  }

  async reconcile(key: string): Promise<Outcome> {
    const pod = this.#pods.store.get(key);
    if (!pod || pod.metadata.deletionTimestamp !== undefined) {
      this.#scheduled.delete(key);
      return 'done';
    }
    const taints = noExecuteTaints(this.#nodes.store.get(pod.spec?.nodeName ?? ''));
    const seconds = taints.length === 0 ? 'never' : toleratedSeconds(pod, taints);
    const uid = pod.metadata.uid ?? '';
    const known = this.#scheduled.get(key);
    const scheduled = known?.uid === uid ? known : undefined;
    if (seconds === 'never') {
      if (scheduled) this.#cancel(pod);
      return 'done';
    }
    const nowMs = this.#wiring.clock.monotonic();
    const sinceMs = scheduled?.sinceMs ?? nowMs;
    this.#scheduled.set(key, { uid, sinceMs });
    const leftMs = sinceMs + seconds * 1000 - nowMs;
    if (leftMs > 0) return { requeueAfterMs: leftMs };
    await this.#evict(pod);
    this.#scheduled.delete(key);
    return 'done';
  }

  async #evict(pod: Pod): Promise<void> {
    const { client, clock, events } = this.#wiring;
    const ref = refOf(keyOf(pod));
    const { uid } = pod.metadata;
    events.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${keyOf(pod)}`);
    const condition: JsonObject = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
      lastTransitionTime: rfc3339(clock.now()),
    };
    try {
      await client.patch(pods, ref, { metadata: { uid }, status: { conditions: [condition] } }, { type: 'strategic', subresource: 'status' });
      await client.delete(pods, ref, { preconditions: { uid } });
    } catch (error) {
      // Gone, or another Pod of that name by now.
      if (!isStatus(error, 'NotFound', 'Conflict')) throw error;
    }
  }

  #cancel(pod: Pod): void {
    this.#scheduled.delete(keyOf(pod));
    this.#wiring.events.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${keyOf(pod)}`);
  }

  #nodeChanged(node: Node, old: Node | undefined): void {
    if (isEqual(noExecuteTaints(node), noExecuteTaints(old))) return;
    for (const pod of this.#podsOn(node.metadata.name ?? '')) this.#wiring.enqueue(keyOf(pod));
  }
  #podChanged(pod: Pod, old: Pod | undefined): void {
    const isNew = !old || old.spec?.nodeName !== pod.spec?.nodeName || !isEqual(old.spec?.tolerations, pod.spec?.tolerations);
    if (isNew && noExecuteTaints(this.#nodes.store.get(pod.spec?.nodeName ?? '')).length > 0) this.#wiring.enqueue(keyOf(pod));
  }
}

function noExecuteTaints(node: Node | undefined): Taint[] {
  return (node?.spec?.taints ?? []).filter((taint) => taint.effect === 'NoExecute');
}
