import { keyOf, pods, services } from '#api';
import type { Pod, Service } from '#api/types/core-v1';
import type { Wiring } from '../controller.ts';
import { byNamespace, byNode } from '../indexes.ts';
import { isPodReady, isPodTerminal, podCondition } from '../pod-facts.ts';
import { isEqual } from '../values.ts';
import { selectsPod } from './pod-address.ts';

/** Reads what a service publishes. */
export interface ServiceReader {
  service(key: string): Service | undefined;
  podsOf(service: Service): Pod[];
  /** Services with a Pod on this node. */
  keysOnNode(node: string): Iterable<string>;
}

/** Enqueues the key of every service whose addresses may have changed, because of the service or of a Pod that it selects or selected. */
export function watchServices({ informers, enqueue }: Wiring): ServiceReader {
  const serviceInformer = informers.informer(services);
  const podInformer = informers.informer(pods);
  const servicesIn = byNamespace(serviceInformer);
  const podsIn = byNamespace(podInformer);
  const podsOn = byNode(podInformer);
  const enqueueSelecting = (...versions: Pod[]): void => {
    for (const service of servicesIn(versions[0]?.metadata.namespace ?? '')) {
      if (versions.some((pod) => selectsPod(service, pod))) enqueue(keyOf(service));
    }
  };
  const enqueueService = (service: Service): void => enqueue(keyOf(service));
  serviceInformer.on({ added: enqueueService, updated: enqueueService, deleted: enqueueService });
  podInformer.on({
    added: (pod) => enqueueSelecting(pod),
    updated: (pod, old) => {
      if (isVisiblyChanged(pod, old)) enqueueSelecting(pod, old);
    },
    deleted: (pod) => enqueueSelecting(pod),
  });
  return {
    service: (key) => serviceInformer.store.get(key),
    podsOf: (service) => [...podsIn(service.metadata.namespace ?? '')].filter((pod) => selectsPod(service, pod)),
    keysOnNode: (node) => {
      const keys = new Set<string>();
      for (const pod of podsOn(node)) {
        for (const service of servicesIn(pod.metadata.namespace ?? '')) if (selectsPod(service, pod)) keys.add(keyOf(service));
      }
      return keys;
    },
  };
}

/** Most updates of a Pod do not concern its addresses. */
function isVisiblyChanged(pod: Pod, old: Pod): boolean {
  return (
    pod.metadata.uid !== old.metadata.uid ||
    pod.metadata.deletionTimestamp !== old.metadata.deletionTimestamp ||
    pod.spec?.nodeName !== old.spec?.nodeName ||
    isPodTerminal(pod) !== isPodTerminal(old) ||
    isPodReady(pod) !== isPodReady(old) ||
    podCondition(pod, 'Ready')?.lastTransitionTime !== podCondition(old, 'Ready')?.lastTransitionTime ||
    pod.status?.podIP !== old.status?.podIP ||
    !isEqual(pod.status?.podIPs, old.status?.podIPs) ||
    !isEqual(pod.metadata.labels, old.metadata.labels)
  );
}
