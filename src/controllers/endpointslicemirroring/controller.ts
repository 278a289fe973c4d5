import { endpointSlices, endpoints, type KubeObject, keyOf, services } from '#api';
import type { EndpointSlice } from '#api/types/discovery-v1';
import type { Controller, Outcome } from '../controller.ts';
import { isNamespaceTerminating } from '../refusals.ts';
import { byServiceName } from '../services/slice-index.ts';
import { SliceWriter } from '../services/slice-writes.ts';
import { CONTROLLER_NAME, isMirrored, planMirror } from './plan.ts';

/** Publishes Endpoints that users keep by hand as EndpointSlices. Follows pkg/controller/endpointslicemirroring/endpointslicemirroring_controller.go. */
export const endpointSliceMirroringController: Controller = {
  name: 'endpointslicemirroring',
  account: 'endpointslicemirroring-controller',
  connect({ client, informers, enqueue }) {
    const endpointsInformer = informers.informer(endpoints);
    const serviceInformer = informers.informer(services);
    const sliceInformer = informers.informer(endpointSlices);
    const slicesOf = byServiceName(sliceInformer, CONTROLLER_NAME);
    const writer = new SliceWriter(client);
    const changed = (object: KubeObject): void => enqueue(keyOf(object));
    const sliceChanged = (slice: EndpointSlice): void => {
      const key = serviceKeyOf(slice);
      if (key !== undefined) enqueue(key);
    };
    endpointsInformer.on({ added: changed, updated: changed, deleted: changed });
    serviceInformer.on({ added: changed, updated: changed, deleted: changed });
    sliceInformer.on({
      added: sliceChanged,
      updated: sliceChanged,
      deleted: (slice) => {
        const key = serviceKeyOf(slice);
        if (key === undefined) return;
        writer.sliceGone(key, slice.metadata.name ?? '');
        enqueue(key);
      },
    });
    return async (key): Promise<Outcome> => {
      const object = endpointsInformer.store.get(key);
      const slices = slicesOf(key);
      // The slice that is still to be shown enqueues the key again.
      if (!writer.isShownIn(key, slices)) return 'done';
      const isWanted = object !== undefined && object.metadata.deletionTimestamp === undefined && isMirrored(object, serviceInformer.store.get(key));
      if (!isWanted && slices.length === 0) return 'done';
      try {
        await writer.write(key, isWanted ? planMirror(object, slices) : { create: [], update: [], remove: slices });
      } catch (error) {
        if (!isNamespaceTerminating(error)) throw error;
      }
      return 'done';
    };
  },
};

function serviceKeyOf({ metadata: { namespace, labels = {} } }: EndpointSlice): string | undefined {
  const name = labels['kubernetes.io/service-name'];
  return name && labels['endpointslice.kubernetes.io/managed-by'] === CONTROLLER_NAME ? keyOf({ namespace, name }) : undefined;
}
