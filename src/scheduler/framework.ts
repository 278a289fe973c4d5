import type { Node, Pod } from '#api/types/core-v1';
import type { ResourceAmounts } from './resources.ts';

export const MAX_NODE_SCORE = 100;

/** A pod with what the scheduler computed of it once. */
export interface PodInfo {
  readonly key: string;
  readonly pod: Pod;
  readonly priority: number;
  readonly requests: ResourceAmounts;
  /** As `requests`, with upstream's assumption (100m, 200Mi) for containers that request nothing: only for scoring. */
  readonly nonZeroRequests: ResourceAmounts;
  readonly hostPorts: readonly HostPort[];
}
export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** A node and what runs on it, or is assumed to. */
export interface NodeInfo {
  readonly name: string;
  readonly node: Node;
  readonly pods: ReadonlyMap<string, PodInfo>;
  readonly allocatable: ResourceAmounts;
  readonly requested: ResourceAmounts;
  readonly nonZeroRequested: ResourceAmounts;
  /** Bytes of the images that are there, by name. */
  readonly images: ReadonlyMap<string, number>;
}
/** The state that one decision is made on. */
export interface Snapshot {
  readonly nodes: readonly NodeInfo[];
  node(name: string): NodeInfo | undefined;
  /** How many nodes have the image. */
  nodesWithImage(name: string): number;
}

/** Why a node cannot take a pod. `isResolvable`: it could if other pods left it. */
export interface Refusal {
  readonly plugin: string;
  readonly reasons: readonly string[];
  readonly isResolvable: boolean;
}

/** What may happen in the cluster that could make an unschedulable pod schedulable. */
export type ClusterEvent = 'node-added' | 'node-allocatable' | 'node-labels' | 'node-taints' | 'node-schedulable' | 'pod-removed' | 'pod-labels' | 'never';

/**
 * One of upstream's plugins, under its name. All functions are pure: they look at what they are given. `preFilter` and `preScore` compute once for
 * the pod what `filter` and `score` need for every node (`state`).
 */
export interface Plugin<S = unknown> {
  readonly name: string;
  /** Events after which a pod that this plugin refused is worth another try. */
  readonly wokenBy: readonly ClusterEvent[];
  /** Why the pod must not even be tried yet. */
  preEnqueue?(pod: PodInfo): string | undefined;
  /** `nodes`: only these can be right. `refusal`: none can, whatever the node. `skip`: the filter need not run. */
  preFilter?(pod: PodInfo, snapshot: Snapshot): { state?: S; skip?: boolean; nodes?: ReadonlySet<string> | undefined; refusal?: string | undefined };
  filter?(pod: PodInfo, node: NodeInfo, state: S): Omit<Refusal, 'plugin'> | undefined;
  readonly weight?: number;
  preScore?(pod: PodInfo, nodes: readonly NodeInfo[], snapshot: Snapshot): { state?: S; skip?: boolean };
  score?(pod: PodInfo, node: NodeInfo, state: S): number;
  /** Brings the scores of all nodes into 0..MAX_NODE_SCORE, in place. */
  normalize?(scores: number[]): void;
}

/** Types a plugin whose state type is only its own affair. */
export function definePlugin<S>(plugin: Plugin<S>): Plugin {
  return plugin as Plugin;
}

/** Scales scores so that the highest becomes MAX_NODE_SCORE; `isReversed`: the lowest is the best. Whole numbers, as upstream's. */
export function normalizeByMax(scores: number[], isReversed: boolean): void {
  const max = Math.max(0, ...scores);
  for (let i = 0; i < scores.length; i++) {
    if (max === 0) {
      if (isReversed) scores[i] = MAX_NODE_SCORE;
      continue;
    }
    const score = Math.floor((MAX_NODE_SCORE * (scores[i] ?? 0)) / max);
    scores[i] = isReversed ? MAX_NODE_SCORE - score : score;
  }
}
