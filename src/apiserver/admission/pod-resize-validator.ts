import { nodes, podResources, quantityMilliValue, quantityValue } from '#api';
import type { Node, Pod } from '#api/types/core-v1';
import type { AdmissionPlugin, ObjectReader } from '../contract.ts';
import { refuse } from './refuse.ts';

/** A Pod cannot grow beyond its node; follows plugin/pkg/admission/podresize. */
export function createPodResizeValidator(reader: ObjectReader): AdmissionPlugin {
  return {
    name: 'PodResizeValidator',
    validate(request) {
      const { operation, resource, subresource, object, oldObject } = request;
      if (operation !== 'UPDATE' || subresource !== 'resize' || resource.group !== '' || resource.plural !== 'pods') return;
      const pod = object as Pod;
      const { nodeName } = pod.spec;
      if (!nodeName || pod.metadata.generation === oldObject?.metadata.generation) return;
      const node = reader.get(nodes, { name: nodeName });
      if (!node) throw refuse(request, `node ${JSON.stringify(nodeName)} not found`);
      const excess = excessOf(pod, node);
      if (excess.length > 0) throw refuse(request, `Node didn't have enough allocatable resources: ${excess.join('; ')}`);
      const os = node.metadata.labels?.['kubernetes.io/os'] ?? '';
      if (os !== 'linux') throw refuse(request, `pod resize is only supported on linux nodes, node ${JSON.stringify(nodeName)} is ${JSON.stringify(os)}`);
    },
  };
}

function excessOf(pod: Pod, { status }: Node): string[] {
  const requests = podResources(pod, 'requests');
  const texts: string[] = [];
  const compare = (name: 'cpu' | 'memory', valueOf: (quantity: string) => number): void => {
    const [requested, allocatable] = [valueOf(requests[name] ?? '0'), valueOf(status?.allocatable?.[name] ?? '0')];
    if (requested > allocatable) texts.push(`${name}, requested: ${requested}, allocatable: ${allocatable}`);
  };
  compare('cpu', quantityMilliValue);
  compare('memory', quantityValue);
  return texts;
}
