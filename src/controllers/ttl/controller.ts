import { isStatus, keyOf, nodes } from '#api';
import type { Controller } from '../controller.ts';
import { type ClusterSize, nextSize, SIZES } from './plan.ts';

const ANNOTATION = 'node.alpha.kubernetes.io/ttl';

/** Tells kubelets how long they may use what they have read of Secrets and ConfigMaps: longer in larger clusters. Follows pkg/controller/ttl/ttl_controller.go. */
export const ttlController: Controller = {
  name: 'ttl',
  account: 'ttl-controller',
  connect({ client, informers, enqueue }) {
    const informer = informers.informer(nodes);
    let size: ClusterSize = SIZES[0];
    const counted = (): void => {
      const next = nextSize(size, informer.store.size);
      if (next === size) return;
      size = next;
      for (const key of informer.store.keys()) enqueue(key);
    };
    informer.on({
      added: (node) => {
        counted();
        enqueue(keyOf(node));
      },
      updated: (node) => {
        if (node.metadata.annotations?.[ANNOTATION] !== String(size.ttlSeconds)) enqueue(keyOf(node));
      },
      deleted: counted,
    });
    return async (key) => {
      const node = informer.store.get(key);
      const wanted = String(size.ttlSeconds);
      if (!node || node.metadata.annotations?.[ANNOTATION] === wanted) return 'done';
      try {
        await client.patch(nodes, { name: key }, { metadata: { annotations: { [ANNOTATION]: wanted } } }, { type: 'strategic' });
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error;
      }
      return 'done';
    };
  },
};
