import type { Node } from '#api/types/core-v1';
import type { AdmissionPlugin } from '../contract.ts';
import { isFor } from './refuse.ts';

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' as const };

/** Keeps Pods off a new node until the node lifecycle controller has seen it ready. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  admit(request) {
    if (!isFor(request, 'nodes') || request.operation !== 'CREATE' || !request.object) return;
    const node = request.object as Node;
    node.spec ??= {};
    if (node.spec.taints?.some((taint) => taint.key === NOT_READY.key && taint.effect === NOT_READY.effect)) return;
    node.spec.taints = [...(node.spec.taints ?? []), { ...NOT_READY }];
  },
};
