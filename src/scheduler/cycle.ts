import type { Random } from '#lib';
import type { NodeInfo, Plugin, PodInfo, Refusal, Snapshot } from './framework.ts';

/** Where a pod goes, or why it cannot go anywhere. */
export type Decision =
  | { readonly node: string; readonly scores: ReadonlyMap<string, number> }
  | { readonly node?: undefined; readonly message: string; readonly refusedBy: ReadonlySet<string>; readonly refusals: ReadonlyMap<string, Refusal> };

export interface CycleOptions {
  readonly plugins: readonly Plugin[];
  /** Breaks ties. */
  readonly random: Random;
  /** Where to begin looking when not all nodes are looked at. */
  readonly startIndex?: number | undefined;
}

/** Decides for one pod: filters the nodes, scores those that are left, takes the best. Pure but for chance among equals. */
export function schedule(pod: PodInfo, snapshot: Snapshot, options: CycleOptions): Decision {
  const { plugins, random } = options;
  if (snapshot.nodes.length === 0) return { message: 'no nodes available to schedule pods', refusedBy: new Set(), refusals: new Map() };
  const filtered = filterNodes(pod, snapshot, plugins, options.startIndex ?? 0);
  if (filtered.preFilterRefusal !== undefined || filtered.feasible.length === 0) {
    return { message: failureMessage(pod, snapshot, filtered), refusedBy: filtered.refusedBy, refusals: filtered.refusals };
  }
  const { feasible } = filtered;
  if (feasible.length === 1) return { node: (feasible[0] as NodeInfo).name, scores: new Map() };
  const totals = scoreNodes(pod, feasible, snapshot, plugins);
  return { node: best(feasible, totals, random).name, scores: new Map(feasible.map((node, i) => [node.name, totals[i] ?? 0])) };
}

interface Filtered {
  readonly feasible: NodeInfo[];
  readonly refusals: Map<string, Refusal>;
  readonly refusedBy: Set<string>;
  preFilterRefusal?: string;
}

function filterNodes(pod: PodInfo, snapshot: Snapshot, plugins: readonly Plugin[], startIndex: number): Filtered {
  const filtered: Filtered = { feasible: [], refusals: new Map(), refusedBy: new Set() };
  const active: { plugin: Plugin; state: unknown }[] = [];
  let named: ReadonlySet<string> | undefined;
  let namedBy = '';
  for (const plugin of plugins) {
    const before = plugin.preFilter?.(pod, snapshot);
    if (before?.refusal !== undefined) {
      filtered.refusedBy.add(plugin.name);
      filtered.preFilterRefusal = before.refusal;
      return filtered;
    }
    if (before?.nodes) {
      named = named ? named.intersection(before.nodes) : before.nodes;
      namedBy = plugin.name;
    }
    if (plugin.filter && !before?.skip) active.push({ plugin, state: before?.state });
  }
  const { nodes } = snapshot;
  const wanted = numberToFind(nodes.length);
  for (let i = 0; i < nodes.length && filtered.feasible.length < wanted; i++) {
    const node = nodes[(startIndex + i) % nodes.length] as NodeInfo;
    const refusal = named && !named.has(node.name) ? nameRefusal(namedBy) : firstRefusal(pod, node, active);
    if (!refusal) filtered.feasible.push(node);
    else {
      filtered.refusals.set(node.name, refusal);
      filtered.refusedBy.add(refusal.plugin);
    }
  }
  return filtered;
}

/** What upstream says of nodes that a PreFilter result leaves out. */
function nameRefusal(plugin: string): Refusal {
  return { plugin, reasons: ["node(s) didn't satisfy plugin(s) [" + plugin + ']'], isResolvable: false };
}

function firstRefusal(pod: PodInfo, node: NodeInfo, active: readonly { plugin: Plugin; state: unknown }[]): Refusal | undefined {
  for (const { plugin, state } of active) {
    const refusal = plugin.filter?.(pod, node, state);
    if (refusal) return { plugin: plugin.name, ...refusal };
  }
  return undefined;
}

const MIN_FEASIBLE = 100;

/** In large clusters a part of the nodes is enough: 50 % less one for each 125 nodes, at least 5 % and 100 nodes. */
export function numberToFind(nodes: number): number {
  if (nodes < MIN_FEASIBLE) return nodes;
  const percent = Math.max(5, Math.trunc(50 - nodes / 125));
  return Math.max(MIN_FEASIBLE, Math.trunc((nodes * percent) / 100));
}

function scoreNodes(pod: PodInfo, nodes: readonly NodeInfo[], snapshot: Snapshot, plugins: readonly Plugin[]): number[] {
  const totals = nodes.map(() => 0);
  for (const plugin of plugins) {
    if (!plugin.score) continue;
    const before = plugin.preScore?.(pod, nodes, snapshot);
    if (before?.skip) continue;
    const scores = nodes.map((node) => plugin.score?.(pod, node, before?.state) ?? 0);
    plugin.normalize?.(scores);
    scores.forEach((score, i) => {
      totals[i] = (totals[i] ?? 0) + score * (plugin.weight ?? 1);
    });
  }
  return totals;
}

function best(nodes: readonly NodeInfo[], totals: readonly number[], random: Random): NodeInfo {
  const max = Math.max(...totals);
  const equals = nodes.filter((_node, i) => totals[i] === max);
  return equals[Math.floor(random.number() * equals.length)] as NodeInfo;
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. …`, word for word as upstream's FitError. */
function failureMessage(pod: PodInfo, snapshot: Snapshot, { refusals, preFilterRefusal }: Filtered): string {
  const total = snapshot.nodes.length;
  const reasons = preFilterRefusal ?? histogram([...refusals.values()].flatMap((refusal) => refusal.reasons));
  return `0/${total} nodes are available: ${reasons}. ${AFTER_FILTER_OF_CLAIMS}, preemption: ${preemptionMessage(pod, snapshot, refusals)}`;
}
/** What upstream's DynamicResources plugin adds for every pod without resource claims. */
const AFTER_FILTER_OF_CLAIMS = 'no new claims to deallocate';

function preemptionMessage({ pod }: PodInfo, { nodes }: Snapshot, refusals: ReadonlyMap<string, Refusal>): string {
  if (pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const reasons = nodes.map(({ name }) =>
    refusals.get(name)?.isResolvable ? 'No preemption victims found for incoming pod' : 'Preemption is not helpful for scheduling',
  );
  return `0/${nodes.length} nodes are available: ${histogram(reasons)}.`;
}

function histogram(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .join(', ');
}
