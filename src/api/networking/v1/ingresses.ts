import type { Ingress } from '#api/types/networking-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of Ingress. */
export const ingresses: ResourceDefinition<Ingress> = defineResource<Ingress>({
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'ingresses',
  singular: 'ingress',
  kind: 'Ingress',
  listKind: 'IngressList',
  namespaced: true,
  shortNames: ['ing'],
  verbs: ALL_VERBS,
  storage: 'ingress',
  schema: { groupVersion: 'networking/v1', struct: 'Ingress' },
  subresources: {
    status: {},
  },
});
