import { quantityMilliValue, quantityValue } from '#api';
import type { Container, ContainerStatus, Pod, ResourceRequirements } from '#api/types/core-v1';

type ResourceList = Readonly<Record<string, string>>;

/** Amounts by resource name: millicores for `cpu`, whole units for all else. Absent: none. */
export class ResourceAmounts {
  readonly #amounts = new Map<string, number>();

  static of(list: ResourceList | undefined): ResourceAmounts {
    const amounts = new ResourceAmounts();
    for (const [name, quantity] of Object.entries(list ?? {}))
      amounts.#amounts.set(name, name === 'cpu' ? quantityMilliValue(quantity) : quantityValue(quantity));
    return amounts;
  }
  get(name: string): number {
    return this.#amounts.get(name) ?? 0;
  }
  has(name: string): boolean {
    return this.#amounts.has(name);
  }
  set(name: string, amount: number): void {
    this.#amounts.set(name, amount);
  }
  names(): IterableIterator<string> {
    return this.#amounts.keys();
  }
  add(other: ResourceAmounts, sign: 1 | -1 = 1): this {
    for (const [name, amount] of other.#amounts) this.#amounts.set(name, this.get(name) + sign * amount);
    return this;
  }
  /** Raises each amount to that of `other` where it is lower. */
  raiseTo(other: ResourceAmounts): this {
    for (const [name, amount] of other.#amounts) if (amount > this.get(name)) this.#amounts.set(name, amount);
    return this;
  }
  clone(): ResourceAmounts {
    return new ResourceAmounts().add(this);
  }
}

// What upstream assumes of a container that requests no cpu or memory, so that such pods spread too.
const DEFAULT_MILLI_CPU = 100;
const DEFAULT_MEMORY = 200 * 1024 * 1024;

/**
 * What a pod needs at its most: its containers and sidecars together, or an init container with the sidecars started before it; with its overhead.
 * Follows k8s.io/component-helpers/resource PodRequests.
 */
export function podRequests(pod: Pod, options: { assumesDefaults: boolean }): ResourceAmounts {
  const total = aggregate(pod, options.assumesDefaults);
  // Pod-level requests stand for the whole pod where they are given.
  const podLevel = pod.spec?.resources?.requests;
  if (podLevel) for (const [name, amount] of entries(ResourceAmounts.of(podLevel))) total.set(name, amount);
  const overhead = pod.spec?.overhead;
  return overhead ? total.add(ResourceAmounts.of(overhead)) : total;
}

function aggregate(pod: Pod, assumesDefaults: boolean): ResourceAmounts {
  const { containerStatuses, initContainerStatuses } = pod.status ?? {};
  const actualOf = ({ name }: Container, statuses: readonly ContainerStatus[] | undefined) => statuses?.find((status) => status.name === name)?.resources;
  const running = new ResourceAmounts();
  for (const container of pod.spec?.containers ?? []) running.add(requestsOf(container, actualOf(container, containerStatuses), assumesDefaults));
  if (!pod.spec?.initContainers) return running;
  const sidecars = new ResourceAmounts();
  const peak = new ResourceAmounts();
  for (const container of pod.spec.initContainers) {
    const requests = requestsOf(container, actualOf(container, initContainerStatuses), assumesDefaults);
    if (container.restartPolicy === 'Always') {
      running.add(requests);
      sidecars.add(requests);
      peak.raiseTo(sidecars);
    } else peak.raiseTo(requests.clone().add(sidecars));
  }
  return running.raiseTo(peak);
}

/** While a container is being resized, the larger of what it has and what it shall have. */
function requestsOf(container: Container, actual: ResourceRequirements | undefined, assumesDefaults: boolean): ResourceAmounts {
  const requests = ResourceAmounts.of(container.resources?.requests);
  if (actual?.requests) requests.raiseTo(ResourceAmounts.of(actual.requests));
  if (assumesDefaults) {
    if (!requests.has('cpu')) requests.set('cpu', DEFAULT_MILLI_CPU);
    if (!requests.has('memory')) requests.set('memory', DEFAULT_MEMORY);
  }
  return requests;
}

function* entries(amounts: ResourceAmounts): Generator<[string, number]> {
  for (const name of amounts.names()) yield [name, amounts.get(name)];
}
