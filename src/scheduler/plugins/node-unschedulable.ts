import { definePlugin } from '../framework.ts';
import { toleratesTaint } from './tolerations.ts';

/** Keeps pods off cordoned nodes, unless they tolerate that. */
export const nodeUnschedulable = definePlugin({
  name: 'NodeUnschedulable',
  wokenBy: ['node-added', 'node-schedulable', 'node-taints'],
  filter({ pod }, { node }) {
    if (!node.spec?.unschedulable) return undefined;
    const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;
    if ((pod.spec?.tolerations ?? []).some((toleration) => toleratesTaint(toleration, taint))) return undefined;
    return { reasons: ['node(s) were unschedulable'], isResolvable: false };
  },
});
