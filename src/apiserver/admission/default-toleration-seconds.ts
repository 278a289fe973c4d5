import type { Pod } from '#api/types/core-v1';
import type { AdmissionPlugin } from '../contract.ts';
import { isFor } from './refuse.ts';

const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
const SECONDS = 300;

/** Lets Pods stay five minutes on a node that is lost, unless they say otherwise. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  admit(request) {
    if (!isFor(request, 'pods') || (request.operation !== 'CREATE' && request.operation !== 'UPDATE') || !request.object) return;
    const { spec } = request.object as Pod;
    for (const key of TAINTS) {
      const isTolerated = spec.tolerations?.some(
        (toleration) => (!toleration.key || toleration.key === key) && (!toleration.effect || toleration.effect === 'NoExecute'),
      );
      if (isTolerated) continue;
      spec.tolerations = [...(spec.tolerations ?? []), { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: SECONDS }];
    }
  },
};
