import type { ContainerStatus, Pod, PodSpec, ResourceList } from '#api/types/core-v1';
import { addQuantity, compareQuantity, formatQuantity } from '../machinery/quantity.ts';
import { isPodLevelResource, sumOfContainers } from '../core/v1/pod/resources.ts';

type Kind = 'requests' | 'limits';

/** What a Pod's spec asks for: its containers together, except where the Pod as a whole says something. */
export function podSpecResources(spec: PodSpec, kind: Kind): ResourceList {
  const total = sumOfContainers(spec, kind);
  for (const [name, quantity] of Object.entries(spec.resources?.[kind] ?? {})) if (isPodLevelResource(name)) total[name] = quantity;
  return total;
}

/** What a Pod holds: while a resize is under way the larger of what it has and what it asks for, and what its sandbox costs. */
export function podResources(pod: Pod, kind: Kind): ResourceList {
  const total = podSpecResources(resizing(pod, kind), kind);
  for (const [name, quantity] of Object.entries(pod.spec.overhead ?? {})) {
    const known = total[name];
    if (known !== undefined) total[name] = formatQuantity(addQuantity(known, quantity));
    else if (kind === 'requests') total[name] = quantity;
  }
  return total;
}

/** The spec as if the containers asked for what their statuses show they still have. */
function resizing(pod: Pod, kind: Kind): PodSpec {
  const { spec, status } = pod;
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].filter((each) => each.resources ?? each.allocatedResources);
  if (statuses.length === 0) return spec;
  const pending = status?.conditions?.find(({ type, status: isSet }) => type === 'PodResizePending' && isSet === 'True');
  const actual = <T extends { name: string; resources?: Partial<Record<Kind, ResourceList | undefined>> | undefined }>(container: T): T => {
    const found = statuses.find(({ name }) => name === container.name);
    if (!found) return container;
    const held = heldBy(found, kind);
    // What can never be granted is not held.
    const asked = pending?.reason === 'Infeasible' ? {} : container.resources?.[kind];
    return { ...container, resources: { ...container.resources, [kind]: larger(held, asked) } };
  };
  return { ...spec, containers: spec.containers.map(actual), initContainers: spec.initContainers?.map(actual) };
}
function heldBy({ resources, allocatedResources }: ContainerStatus, kind: Kind): ResourceList {
  return kind === 'limits' ? (resources?.limits ?? {}) : larger(resources?.requests ?? {}, allocatedResources);
}
function larger(a: ResourceList, b: ResourceList | undefined): ResourceList {
  const all = { ...a };
  for (const [name, quantity] of Object.entries(b ?? {})) {
    const known = all[name];
    if (known === undefined || compareQuantity(known, quantity) < 0) all[name] = quantity;
  }
  return all;
}
