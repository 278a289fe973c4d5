import type { Pod, Toleration } from '#api/types/core-v1';
import type { AdmissionPlugin } from '../../contract.ts';
import { isFor } from '../refuse.ts';

/** Lets Pods that ask for a special resource onto the nodes that are tainted with its name; follows plugin/pkg/admission/extendedresourcetoleration. */
export const extendedResourceToleration: AdmissionPlugin = {
  name: 'ExtendedResourceToleration',
  admit(request) {
    if (!isFor(request, 'pods') || (request.operation !== 'CREATE' && request.operation !== 'UPDATE')) return;
    const { spec } = request.object as Pod;
    const asked = [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) => Object.keys(resources?.requests ?? {}));
    for (const key of [...new Set(asked.filter(isExtended))].sort()) {
      const toleration: Toleration = { key, operator: 'Exists', effect: 'NoSchedule' };
      const isThere = spec.tolerations?.some((each) => each.key === key && each.effect === 'NoSchedule' && each.operator === 'Exists' && !each.value);
      if (!isThere) spec.tolerations = [...(spec.tolerations ?? []), toleration];
    }
  },
};

function isExtended(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.');
}
