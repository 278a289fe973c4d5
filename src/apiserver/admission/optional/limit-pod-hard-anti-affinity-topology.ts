import type { Pod } from '#api/types/core-v1';
import type { AdmissionPlugin } from '../../contract.ts';
import { isFor, refuse } from '../refuse.ts';

const HOSTNAME = 'kubernetes.io/hostname';

/** Nobody keeps others off more than one node at a time; follows plugin/pkg/admission/antiaffinity. */
export const limitPodHardAntiAffinityTopology: AdmissionPlugin = {
  name: 'LimitPodHardAntiAffinityTopology',
  validate(request) {
    if (!isFor(request, 'pods') || (request.operation !== 'CREATE' && request.operation !== 'UPDATE')) return;
    const terms = (request.object as Pod).spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const wide = terms.find(({ topologyKey }) => topologyKey !== HOSTNAME);
    if (wide)
      throw refuse(request, `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${wide.topologyKey} but only key ${HOSTNAME} is allowed`);
  },
};
