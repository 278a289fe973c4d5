import { definePlugin } from '../framework.ts';

/** Obeys a node that the pod names. */
export const nodeName = definePlugin({
  name: 'NodeName',
  wokenBy: ['node-added'],
  filter({ pod }, node) {
    if (!pod.spec?.nodeName || pod.spec.nodeName === node.name) return undefined;
    return { reasons: ["node(s) didn't match the requested node name"], isResolvable: false };
  },
});
