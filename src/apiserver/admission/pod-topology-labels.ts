import { type KubeObject, nodes } from '#api';
import type { Binding, Pod } from '#api/types/core-v1';
import type { AdmissionPlugin, ObjectReader } from '../contract.ts';

const LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** Tells Pods the zone and region of their node, in labels; follows plugin/pkg/admission/podtopologylabels. */
export function createPodTopologyLabels(reader: ObjectReader): AdmissionPlugin {
  return {
    name: 'PodTopologyLabels',
    admit({ operation, resource, subresource, object }) {
      if (operation !== 'CREATE' || resource.group !== '' || resource.plural !== 'pods' || !object) return;
      const node = subresource === '' ? (object as Pod).spec.nodeName : subresource === 'binding' ? targetOf(object as KubeObject & Binding) : undefined;
      const labels = node ? reader.get(nodes, { name: node })?.metadata.labels : undefined;
      for (const label of LABELS) {
        const value = labels?.[label];
        // Whatever else they say: it is the node that knows.
        if (value !== undefined) object.metadata.labels = { ...object.metadata.labels, [label]: value };
      }
    },
  };
}

function targetOf({ target }: Binding): string | undefined {
  return target.kind === 'Node' ? target.name : undefined;
}
