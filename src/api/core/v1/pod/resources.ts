import type { Pod, PodQOSClass, PodSpec, ResourceList } from '#api/types/core-v1';
import { addQuantity, compareQuantity, formatQuantity } from '../../../machinery/quantity.ts';

/** Resources that can be asked for a Pod as a whole. */
export function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

/** Where a Pod asks for resources as a whole: what it does not request is what its containers request together, else its limit. */
export function defaultPodResources(spec: PodSpec): void {
  const { resources } = spec;
  if (!resources) return;
  const requests: ResourceList = { ...resources.requests };
  for (const list of [sumOfContainers(spec, 'requests'), resources.limits ?? {}]) {
    for (const [name, quantity] of Object.entries(list)) if (isPodLevelResource(name)) requests[name] ??= quantity;
  }
  if (Object.keys(requests).length) resources.requests = requests;
}

/**
 * What the containers of a Pod need at once: all that run to the end together, or, where that is more,
 * an init container beside the sidecars that were started before it (k8s.io/component-helpers/resource).
 */
export function sumOfContainers(spec: PodSpec, kind: 'requests' | 'limits'): ResourceList {
  const total: ResourceList = {};
  for (const container of spec.containers ?? []) add(total, container.resources?.[kind]);
  const sidecars: ResourceList = {};
  const peak: ResourceList = {};
  for (const container of spec.initContainers ?? []) {
    const wanted = container.resources?.[kind];
    if (container.restartPolicy === 'Always') {
      add(total, wanted);
      add(sidecars, wanted);
      raise(peak, sidecars);
    } else {
      const together = { ...sidecars };
      add(together, wanted);
      raise(peak, together);
    }
  }
  raise(total, peak);
  return total;
}

function add(total: ResourceList, list: ResourceList | undefined): void {
  for (const [name, quantity] of Object.entries(list ?? {})) {
    const known = total[name];
    total[name] = known === undefined ? quantity : formatQuantity(addQuantity(known, quantity));
  }
}
function raise(total: ResourceList, list: ResourceList): void {
  for (const [name, quantity] of Object.entries(list)) {
    const known = total[name];
    if (known === undefined || compareQuantity(known, quantity) < 0) total[name] = quantity;
  }
}

const QOS_RESOURCES = ['cpu', 'memory'] as const;

/** The quality of service that a Pod's requests and limits amount to. */
export function qosClassOf({ spec }: Pod): PodQOSClass {
  const lists = spec.resources ? [spec.resources] : [...spec.containers, ...(spec.initContainers ?? [])].map((container) => container.resources ?? {});
  const isSet = (quantity: string | undefined): quantity is string => quantity !== undefined && compareQuantity(quantity, '0') > 0;
  let hasAny = false;
  let isGuaranteed = true;
  for (const { requests, limits } of lists) {
    for (const name of QOS_RESOURCES) {
      const [request, limit] = [requests?.[name], limits?.[name]];
      if (isSet(request) || isSet(limit)) hasAny = true;
      if (!isSet(limit) || !isSet(request) || compareQuantity(request, limit) !== 0) isGuaranteed = false;
    }
  }
  if (!hasAny) return 'BestEffort';
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}
