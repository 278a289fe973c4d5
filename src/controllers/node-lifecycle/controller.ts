import { type JsonObject, isStatus, keyOf, leases, nodes, pods } from '#api';
import type { Lease } from '#api/types/coordination-v1';
import type { Node, Pod } from '#api/types/core-v1';
import { rfc3339 } from '#lib';
import type { Controller, Outcome, Wiring } from '../controller.ts';
import { byNode, type Index } from '../indexes.ts';
import { isPodReady, isPodTerminal } from '../pod-facts.ts';
import { EvictionPace } from './eviction-pace.ts';
import { awaitsEviction, nodeCondition, planTaints, readyStatus, silentConditions } from './plan.ts';

// Upstream's defaults: a node may be silent for so long; one that never reported, for longer.
const GRACE_MS = 50_000;
const STARTUP_GRACE_MS = 60_000;
const LEASE_NAMESPACE = 'kube-node-lease';

/** Notices nodes that fall silent, and taints nodes by their conditions. Follows pkg/controller/nodelifecycle/node_lifecycle_controller.go. */
export const nodeLifecycleController: Controller = {
  name: 'node-lifecycle',
  account: 'node-controller',
  connect(wiring) {
    const loop = new NodeLoop(wiring);
    return (key) => loop.reconcile(key);
  },
};

/** The last sign of life, by our own clock, since the node's may be wrong. */
interface Sign {
  renewTime: string;
  heartbeat: string;
  atMs: number;
}

class NodeLoop {
  readonly #wiring: Wiring;
  readonly #nodes;
  readonly #leases;
  readonly #podsOn: Index<Pod>;
  readonly #signs = new Map<string, Sign>();
  /** Whether the node was ready when its Pods were last looked at. */
  readonly #wasReady = new Map<string, boolean>();
  readonly #pace: EvictionPace;

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
    this.#pace = new EvictionPace(wiring.clock);
    this.#nodes = wiring.informers.informer(nodes);
    this.#leases = wiring.informers.informer(leases);
    this.#podsOn = byNode(wiring.informers.informer(pods));
    this.#nodes.on({
      added: (node) => this.#nodeAdded(node),
      updated: (node, old) => this.#nodeUpdated(node, old),
      deleted: (node) => this.#nodeDeleted(node),
    });
    // A renewed lease is noted and starts no work: the timer of the node looks at the note when it is due.
    const noteLease = ({ metadata }: Lease): void => {
      const node = metadata.namespace === LEASE_NAMESPACE ? this.#nodes.store.get(metadata.name ?? '') : undefined;
      if (node) this.#noteSign(node);
    };
    this.#leases.on({ added: noteLease, updated: noteLease });
  }

  async reconcile(name: string): Promise<Outcome> {
    const node = this.#nodes.store.get(name);
    if (!node || node.metadata.deletionTimestamp !== undefined) return 'done';
    const sign = this.#noteSign(node);
    const graceMs = nodeCondition(node, 'Ready') ? GRACE_MS : STARTUP_GRACE_MS;
    const leftMs = sign.atMs + graceMs - this.#wiring.clock.monotonic();
    const conditions = leftMs <= 0 ? silentConditions(node, this.#wiring.clock.now()) : undefined;
    if (conditions) {
      // The update comes back as an event and leads here again.
      await this.#wiring.client.update(nodes, { ...node, status: { ...node.status, conditions } }, { subresource: 'status' });
      return 'done';
    }
    await this.#markPods(node);
    const taintDelayMs = await this.#taint(node);
    const delays = [leftMs > 0 ? leftMs : undefined, taintDelayMs].filter((ms) => ms !== undefined);
    return delays.length === 0 ? 'done' : { requeueAfterMs: Math.min(...delays) };
  }

  /** Takes note of a renewed lease or heartbeat. */
  #noteSign(node: Node): Sign {
    const name = node.metadata.name ?? '';
    const renewTime = this.#leases.store.get(`${LEASE_NAMESPACE}/${name}`)?.spec.renewTime ?? '';
    const heartbeat = nodeCondition(node, 'Ready')?.lastHeartbeatTime ?? '';
    const known = this.#signs.get(name);
    if (known && known.renewTime === renewTime && known.heartbeat === heartbeat) return known;
    const sign: Sign = { renewTime, heartbeat, atMs: this.#wiring.clock.monotonic() };
    this.#signs.set(name, sign);
    return sign;
  }

  /** Pods on a node that is not ready are not ready either: when it becomes so, services must stop sending to them. */
  async #markPods(node: Node): Promise<void> {
    const name = node.metadata.name ?? '';
    const isReady = readyStatus(node) === 'True';
    const wasReady = this.#wasReady.get(name);
    if (isReady || wasReady === false) {
      this.#wasReady.set(name, isReady);
      return;
    }
    if (wasReady) this.#tell(node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
    const onNode = [...this.#podsOn(name)].filter((pod) => isPodReady(pod) && !isPodTerminal(pod));
    await Promise.all(onNode.map((pod) => this.#markPod(pod)));
    this.#wasReady.set(name, false);
  }
  async #markPod(pod: Pod): Promise<void> {
    const { client, clock, events } = this.#wiring;
    const { namespace, name = '', uid } = pod.metadata;
    const condition: JsonObject = { type: 'Ready', status: 'False', lastTransitionTime: rfc3339(clock.now()) };
    try {
      await client.patch(pods, { namespace, name }, { metadata: { uid }, status: { conditions: [condition] } }, { type: 'strategic', subresource: 'status' });
      events.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    } catch (error) {
      if (!isStatus(error, 'NotFound', 'Conflict', 'Invalid')) throw error;
    }
  }

  /** Writes the taints that are due; how long until the one that has to wait. */
  async #taint(node: Node): Promise<number | undefined> {
    const { client, clock } = this.#wiring;
    const pace = awaitsEviction(node) ? this.#pace.ask(node, this.#nodes.store.list()) : this.#pace.standing(this.#nodes.store.list());
    const taints = planTaints(node, pace.eviction, clock.now());
    if (taints) {
      const { resourceVersion } = node.metadata;
      const patch: JsonObject = { metadata: { resourceVersion }, spec: { taints: taints.length > 0 ? (taints as unknown as JsonObject[]) : null } };
      await client.patch(nodes, { name: node.metadata.name ?? '' }, patch, { type: 'merge' });
    }
    return pace.retryAfterMs;
  }

  #nodeAdded(node: Node): void {
    const name = node.metadata.name ?? '';
    this.#noteSign(node);
    this.#tell(node, 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
    this.#wiring.enqueue(keyOf(node));
  }
  #nodeUpdated(node: Node, old: Node): void {
    this.#noteSign(node);
    const isTurned = readyStatus(node) !== readyStatus(old);
    // The zone's state has changed, and with it what may be done about the others.
    if (isTurned) for (const other of this.#nodes.store.list()) this.#wiring.enqueue(keyOf(other));
    else if (node.spec !== old.spec || node.status !== old.status) this.#wiring.enqueue(keyOf(node));
  }
  #nodeDeleted(node: Node): void {
    const name = node.metadata.name ?? '';
    this.#signs.delete(name);
    this.#wasReady.delete(name);
    this.#tell(node, 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`);
    for (const other of this.#nodes.store.list()) this.#wiring.enqueue(keyOf(other));
  }
  #tell(node: Node, reason: string, message: string): void {
    this.#wiring.events.event(node, 'Normal', reason, message);
  }
}
