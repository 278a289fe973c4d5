import { endpointSlices, isStatus, keyOf, nodes } from '#api';
import type { EndpointSlice } from '#api/types/discovery-v1';
import type { Node } from '#api/types/core-v1';
import type { Controller, Outcome, Wiring } from '../controller.ts';
import { isNamespaceTerminating, messageOf } from '../refusals.ts';
import { byServiceName } from '../services/slice-index.ts';
import { SliceWriter } from '../services/slice-writes.ts';
import { TriggerTimes } from '../services/trigger-times.ts';
import { type ServiceReader, watchServices } from '../services/watch.ts';
import { CONTROLLER_NAME, MANAGED_BY, planEndpointSlices, SERVICE_NAME, ZONE } from './plan.ts';

/** Publishes the Pods behind every service with a selector as EndpointSlices. Follows pkg/controller/endpointslice/endpointslice_controller.go. */
export const endpointSliceController: Controller = {
  name: 'endpointslice',
  account: 'endpointslice-controller',
  connect(wiring) {
    const loop = new EndpointSliceLoop(wiring);
    return (key) => loop.reconcile(key);
  },
};

class EndpointSliceLoop {
  readonly #wiring: Wiring;
  readonly #services: ServiceReader;
  readonly #slicesOf;
  readonly #nodes;
  readonly #triggerTimes = new TriggerTimes();
  readonly #writer: SliceWriter;

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
    this.#services = watchServices(wiring);
    this.#writer = new SliceWriter(wiring.client);
    const sliceInformer = wiring.informers.informer(endpointSlices);
    this.#slicesOf = byServiceName(sliceInformer, CONTROLLER_NAME);
    this.#nodes = wiring.informers.informer(nodes);
    const changed = (slice: EndpointSlice): void => this.#sliceChanged(slice);
    sliceInformer.on({ added: changed, updated: changed, deleted: (slice) => this.#sliceGone(slice) });
    this.#nodes.on({ updated: (node, old) => this.#nodeUpdated(node, old) });
  }

  async reconcile(key: string): Promise<Outcome> {
    const service = this.#services.service(key);
    if (!service) {
      // The garbage collector takes the slices with the service.
      this.#triggerTimes.forget(key);
      this.#writer.forget(key);
      return 'done';
    }
    if (service.spec.type === 'ExternalName' || Object.keys(service.spec.selector ?? {}).length === 0 || service.metadata.deletionTimestamp) return 'done';
    const podsOf = this.#services.podsOf(service);
    const slices = this.#slicesOf(key);
    // The slice that is still to be shown enqueues the service again.
    if (!this.#writer.isShownIn(key, slices)) return 'done';
    const plan = planEndpointSlices({
      service,
      pods: podsOf,
      slices,
      node: (name) => this.#nodes.store.get(name),
      triggerTime: this.#triggerTimes.next(key, service, podsOf),
    });
    try {
      await this.#writer.write(key, plan);
    } catch (error) {
      if (isNamespaceTerminating(error)) return 'done';
      const { events } = this.#wiring;
      if (!isStatus(error, 'Conflict')) {
        events.event(service, 'Warning', 'FailedToUpdateEndpointSlices', `Error updating Endpoint Slices for Service ${key}: ${messageOf(error)}`);
      }
      throw error;
    }
    return 'done';
  }

  #sliceChanged(slice: EndpointSlice): void {
    const key = serviceKeyOf(slice);
    if (key !== undefined) this.#wiring.enqueue(key);
  }
  #sliceGone(slice: EndpointSlice): void {
    const key = serviceKeyOf(slice);
    if (key === undefined) return;
    this.#writer.sliceGone(key, slice.metadata.name ?? '');
    this.#wiring.enqueue(key);
  }
  /** Endpoints carry their node's zone. */
  #nodeUpdated(node: Node, old: Node): void {
    if (node.metadata.labels?.[ZONE] === old.metadata.labels?.[ZONE]) return;
    for (const key of this.#services.keysOnNode(node.metadata.name ?? '')) this.#wiring.enqueue(key);
  }
}

function serviceKeyOf({ metadata }: EndpointSlice): string | undefined {
  const name = metadata.labels?.[SERVICE_NAME];
  return name && metadata.labels?.[MANAGED_BY] === CONTROLLER_NAME ? keyOf({ namespace: metadata.namespace, name }) : undefined;
}
