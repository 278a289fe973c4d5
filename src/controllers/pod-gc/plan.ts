import type { Node, Pod } from '#api/types/core-v1';
import { isPodTerminal } from '../pod-facts.ts';

const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

/** Ended Pods beyond the threshold, evicted ones and then the oldest first. A threshold of 0 or less keeps all. */
export function excessTerminated(pods: Iterable<Pod>, threshold: number): Pod[] {
  if (threshold <= 0) return [];
  const ended = [...pods].filter(isPodTerminal);
  const excess = ended.length - threshold;
  if (excess <= 0) return [];
  return ended.sort(byEvictionAndAge).slice(0, excess);
}

function byEvictionAndAge(a: Pod, b: Pod): number {
  const evicted = (pod: Pod): number => Number(pod.status?.phase === 'Failed' && pod.status.reason === 'Evicted');
  if (evicted(a) !== evicted(b)) return evicted(b) - evicted(a);
  const [ta, tb] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (ta !== tb) return ta < tb ? -1 : 1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}

/** Being deleted without ever having been given to a node: no kubelet will confirm its end. */
export function isUnscheduledTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined && !pod.spec?.nodeName;
}

/** Whether an administrator has said that the node is down for good, and it is not ready. */
export function isOutOfService(node: Node): boolean {
  const isReady = node.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;
  return !isReady && (node.spec.taints ?? []).some((taint) => taint.key === OUT_OF_SERVICE);
}

/** Being deleted on a node that is out of service: its kubelet will not confirm the end. */
export function isStranded(pod: Pod, node: Node | undefined): boolean {
  return pod.metadata.deletionTimestamp !== undefined && node !== undefined && isOutOfService(node);
}
