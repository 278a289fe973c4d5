import { keyOf } from '#api';
import type { EndpointSlice } from '#api/types/discovery-v1';
import type { Informer } from '#client';

/** Slices of a service (by its key) that one controller manages. */
export function byServiceName(informer: Informer<EndpointSlice>, manager: string): (serviceKey: string) => EndpointSlice[] {
  informer.store.addIndex('service', ({ metadata }) => {
    const name = metadata.labels?.['kubernetes.io/service-name'];
    return name ? [keyOf({ namespace: metadata.namespace, name })] : [];
  });
  return (serviceKey) =>
    informer.store.byIndex('service', serviceKey).filter((slice) => slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by'] === manager);
}
