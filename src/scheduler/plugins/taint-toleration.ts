import type { Toleration } from '#api/types/core-v1';
import { definePlugin, normalizeByMax } from '../framework.ts';
import { toleratesTaint } from './tolerations.ts';

/** Keeps pods off nodes whose taints they do not tolerate, and prefers nodes with fewer `PreferNoSchedule` ones. */
export const taintToleration = definePlugin<readonly Toleration[]>({
  name: 'TaintToleration',
  wokenBy: ['node-added', 'node-taints'],
  filter({ pod }, { node }) {
    const tolerations = pod.spec?.tolerations ?? [];
    const isRepelled = (node.spec?.taints ?? []).some(
      (taint) => (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !tolerations.some((toleration) => toleratesTaint(toleration, taint)),
    );
    return isRepelled ? { reasons: ['node(s) had untolerated taint(s)'], isResolvable: false } : undefined;
  },
  weight: 3,
  preScore({ pod }) {
    return { state: (pod.spec?.tolerations ?? []).filter(({ effect }) => !effect || effect === 'PreferNoSchedule') };
  },
  score(_pod, { node }, tolerations) {
    const soft = (node.spec?.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule');
    return soft.filter((taint) => !tolerations.some((toleration) => toleratesTaint(toleration, taint))).length;
  },
  normalize: (scores) => normalizeByMax(scores, true),
});
