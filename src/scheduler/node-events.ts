import type { Node } from '#api/types/core-v1';
import type { ClusterEvent } from './framework.ts';

/** What of a node's change could make a pod schedulable; heartbeats are none of it. */
export function nodeEvents(node: Node, old: Node): ClusterEvent[] {
  const events: ClusterEvent[] = [];
  if (differs(node.status?.allocatable, old.status?.allocatable)) events.push('node-allocatable');
  if (differs(node.metadata.labels, old.metadata.labels)) events.push('node-labels');
  if (differs(node.spec?.taints, old.spec?.taints)) events.push('node-taints');
  if (old.spec?.unschedulable && !node.spec?.unschedulable) events.push('node-schedulable');
  return events;
}

function differs(a: unknown, b: unknown): boolean {
  return a !== b && JSON.stringify(a) !== JSON.stringify(b);
}
