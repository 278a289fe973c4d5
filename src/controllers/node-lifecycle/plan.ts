import type { Node, NodeCondition, Taint } from '#api/types/core-v1';
import { rfc3339 } from '#lib';

/** Keys of the taints that say why a node is not ready. */
export const NOT_READY = 'node.kubernetes.io/not-ready';
export const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** Conditions whose status keeps new Pods away, and the taint that says so. */
const NO_SCHEDULE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
};
const NO_SCHEDULE_KEYS = new Set([...Object.values(NO_SCHEDULE).flatMap((byStatus) => Object.values(byStatus)), UNSCHEDULABLE]);

/** Conditions that the node itself reports, and that nobody knows when it is silent. */
const HEARTBEAT_CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

/** The condition of this type. */
export function nodeCondition(node: Node, type: string): NodeCondition | undefined {
  return node.status?.conditions?.find((c) => c.type === type);
}
/** `True`, `False` or `Unknown`; a node that never reported is Unknown. */
export function readyStatus(node: Node): 'True' | 'False' | 'Unknown' {
  const status = nodeCondition(node, 'Ready')?.status;
  return status === 'True' || status === 'False' ? status : 'Unknown';
}

/** The conditions of a node that has been silent for too long; undefined when they say so already. */
export function silentConditions(node: Node, nowMs: number): NodeCondition[] | undefined {
  const conditions = [...(node.status?.conditions ?? [])];
  const now = rfc3339(nowMs);
  let isChanged = false;
  for (const type of HEARTBEAT_CONDITIONS) {
    const i = conditions.findIndex((c) => c.type === type);
    const current = conditions[i];
    if (current?.status === 'Unknown') continue;
    isChanged = true;
    if (current) {
      conditions[i] = { ...current, status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.', lastTransitionTime: now };
    } else {
      conditions.push({
        type,
        status: 'Unknown',
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
        lastHeartbeatTime: node.metadata.creationTimestamp,
        lastTransitionTime: now,
      });
    }
  }
  return isChanged ? conditions : undefined;
}

/** How a zone's nodes fare, which decides how fast Pods are driven off silent ones. */
export type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption';

const UNHEALTHY_THRESHOLD = 0.55;

/** The state of a zone with so many nodes. */
export function zoneState(readyNodes: number, notReadyNodes: number): ZoneState {
  if (readyNodes === 0 && notReadyNodes > 0) return 'FullDisruption';
  return notReadyNodes > 2 && notReadyNodes / (readyNodes + notReadyNodes) >= UNHEALTHY_THRESHOLD ? 'PartialDisruption' : 'Normal';
}

/** Whether a not ready node may get its NoExecute taint: at once, later, or not while the whole cluster seems down (then it is we who are cut off). */
export type Eviction = 'now' | 'later' | 'never';

/** The taints a node is to have; undefined when it has them. Taints of others stay as they are. */
export function planTaints(node: Node, eviction: Eviction, nowMs: number): Taint[] | undefined {
  const present = node.spec?.taints ?? [];
  const wanted = wantedTaints(node, eviction, present);
  const kept = present.filter((taint) => !isOurs(taint) || wanted.some((w) => isSameTaint(w, taint)));
  const added = wanted.filter((w) => !present.some((taint) => isSameTaint(w, taint)));
  if (kept.length === present.length && added.length === 0) return undefined;
  return [...kept, ...added.map((taint) => ({ ...taint, timeAdded: rfc3339(nowMs) }))];
}

function wantedTaints(node: Node, eviction: Eviction, present: readonly Taint[]): Taint[] {
  const wanted: Taint[] = [];
  for (const { type, status } of node.status?.conditions ?? []) {
    const key = NO_SCHEDULE[type]?.[status];
    if (key !== undefined) wanted.push({ key, effect: 'NoSchedule' });
  }
  if (node.spec?.unschedulable) wanted.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' });
  const key = noExecuteKey(node);
  const hasOne = present.some((taint) => taint.effect === 'NoExecute' && (taint.key === NOT_READY || taint.key === UNREACHABLE));
  if (key !== undefined && (eviction === 'now' || (eviction === 'later' && hasOne))) wanted.push({ key, effect: 'NoExecute' });
  return wanted;
}

/** The NoExecute taint that the node's readiness calls for. A node that never reported has not been given Pods to drive off. */
export function noExecuteKey(node: Node): string | undefined {
  const status = nodeCondition(node, 'Ready')?.status;
  if (status === 'False') return NOT_READY;
  return status === 'Unknown' ? UNREACHABLE : undefined;
}
/** Whether the node still lacks the NoExecute taint it is due. */
export function awaitsEviction(node: Node): boolean {
  const key = noExecuteKey(node);
  return (
    key !== undefined && !(node.spec?.taints ?? []).some((taint) => taint.effect === 'NoExecute' && (taint.key === NOT_READY || taint.key === UNREACHABLE))
  );
}

function isOurs({ key, effect }: Taint): boolean {
  return effect === 'NoSchedule' ? NO_SCHEDULE_KEYS.has(key) : effect === 'NoExecute' && (key === NOT_READY || key === UNREACHABLE);
}
function isSameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}
