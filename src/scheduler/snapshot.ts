import type { Node, Pod } from '#api/types/core-v1';
import type { NodeInfo, PodInfo, Snapshot } from './framework.ts';
import { podInfoOf } from './pod-info.ts';
import { ResourceAmounts } from './resources.ts';

/**
 * The nodes and their pods, kept up to date change by change. A pod that was just decided is *assumed* on its node until the informer shows it
 * there (or binding fails): so the next decision counts it, and nobody waits for the API.
 *
 * A decision is synchronous, so the state cannot change under it: it is its own snapshot, and nothing is copied.
 */
export class ClusterState implements Snapshot {
  readonly #nodes = new Map<string, NodeState>();
  readonly #placed = new Map<string, { info: PodInfo; nodeName: string; isAssumed: boolean }>();
  readonly #imageNodes = new Map<string, number>();
  #list: readonly NodeInfo[] | undefined;

  get nodes(): readonly NodeInfo[] {
    this.#list ??= [...this.#nodes.values()].filter((state): state is NodeState & { node: Node } => state.node !== undefined);
    return this.#list;
  }
  node(name: string): NodeInfo | undefined {
    const state = this.#nodes.get(name);
    return state?.node ? (state as NodeInfo) : undefined;
  }
  nodesWithImage(name: string): number {
    return this.#imageNodes.get(name) ?? 0;
  }
  isAssumed(podKey: string): boolean {
    return this.#placed.get(podKey)?.isAssumed ?? false;
  }

  setNode(node: Node): void {
    const state = this.#stateOf(node.metadata.name ?? '');
    this.#countImages(state, -1);
    state.node = node;
    state.allocatable = ResourceAmounts.of(node.status?.allocatable);
    state.images = new Map((node.status?.images ?? []).flatMap((image) => (image.names ?? []).map((name) => [name, image.sizeBytes ?? 0] as const)));
    this.#countImages(state, 1);
    this.#list = undefined;
  }
  removeNode(name: string): void {
    const state = this.#nodes.get(name);
    if (!state) return;
    this.#countImages(state, -1);
    // Its pods may outlive it in the API for a while.
    state.node = undefined;
    state.images = new Map();
    if (state.pods.size === 0) this.#nodes.delete(name);
    this.#list = undefined;
  }

  /** A pod that the API shows on a node. */
  setPod(pod: Pod): void {
    const info = podInfoOf(pod);
    this.#take(info.key);
    this.#place(info, pod.spec?.nodeName ?? '', false);
  }
  /** Returns whether it was on a node. */
  removePod(podKey: string): boolean {
    return this.#take(podKey);
  }
  /** A pod that was decided to go to a node, but is not shown there yet. */
  assume(info: PodInfo, nodeName: string): void {
    this.#place(info, nodeName, true);
  }
  /** Binding failed: the pod is on no node. */
  forget(podKey: string): void {
    if (this.isAssumed(podKey)) this.#take(podKey);
  }

  #place(info: PodInfo, nodeName: string, isAssumed: boolean): void {
    this.#placed.set(info.key, { info, nodeName, isAssumed });
    const state = this.#stateOf(nodeName);
    state.pods.set(info.key, info);
    state.requested.add(info.requests);
    state.nonZeroRequested.add(info.nonZeroRequests);
  }
  #take(podKey: string): boolean {
    const placed = this.#placed.get(podKey);
    if (!placed) return false;
    this.#placed.delete(podKey);
    const state = this.#stateOf(placed.nodeName);
    state.pods.delete(podKey);
    state.requested.add(placed.info.requests, -1);
    state.nonZeroRequested.add(placed.info.nonZeroRequests, -1);
    if (!state.node && state.pods.size === 0) this.#nodes.delete(placed.nodeName);
    return true;
  }
  #stateOf(name: string): NodeState {
    let state = this.#nodes.get(name);
    if (!state) this.#nodes.set(name, (state = new NodeState(name)));
    return state;
  }
  #countImages(state: NodeState, sign: 1 | -1): void {
    for (const name of state.images.keys()) {
      const count = (this.#imageNodes.get(name) ?? 0) + sign;
      if (count > 0) this.#imageNodes.set(name, count);
      else this.#imageNodes.delete(name);
    }
  }
}

/** What is known of a node; `node` is undefined while only its pods are known. */
class NodeState {
  readonly name: string;
  node: Node | undefined;
  readonly pods = new Map<string, PodInfo>();
  allocatable = new ResourceAmounts();
  readonly requested = new ResourceAmounts();
  readonly nonZeroRequested = new ResourceAmounts();
  images: ReadonlyMap<string, number> = new Map();

  constructor(name: string) {
    this.name = name;
  }
}
