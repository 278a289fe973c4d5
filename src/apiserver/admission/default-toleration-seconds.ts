import type { Pod } from '#api/types/core-v1';
import type { AdmissionPlugin } from '../contract.ts';
import { isFor } from './refuse.ts';

/** How long Pods stay on a node that is lost; default 300 s each. */
export interface TolerationSeconds {
  /** `--default-not-ready-toleration-seconds` */
  readonly notReady?: number | undefined;
  /** `--default-unreachable-toleration-seconds` */
  readonly unreachable?: number | undefined;
}

const DEFAULT_SECONDS = 300;

/** Lets Pods stay a while on a node that is lost, unless they say otherwise; follows plugin/pkg/admission/defaulttolerationseconds. */
export function createDefaultTolerationSeconds({ notReady = DEFAULT_SECONDS, unreachable = DEFAULT_SECONDS }: TolerationSeconds = {}): AdmissionPlugin {
  const taints = [
    ['node.kubernetes.io/not-ready', notReady],
    ['node.kubernetes.io/unreachable', unreachable],
  ] as const;
  return {
    name: 'DefaultTolerationSeconds',
    admit(request) {
      if (!isFor(request, 'pods') || (request.operation !== 'CREATE' && request.operation !== 'UPDATE') || !request.object) return;
      const { spec } = request.object as Pod;
      for (const [key, tolerationSeconds] of taints) {
        const isTolerated = spec.tolerations?.some(
          (toleration) => (!toleration.key || toleration.key === key) && (!toleration.effect || toleration.effect === 'NoExecute'),
        );
        if (!isTolerated) spec.tolerations = [...(spec.tolerations ?? []), { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }];
      }
    },
  };
}
