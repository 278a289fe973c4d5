import type { IngressClass } from '#api/types/networking-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of IngressClass. */
export const ingressClasses: ResourceDefinition<IngressClass> = defineResource<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'ingressclasses',
  singular: 'ingressclass',
  kind: 'IngressClass',
  listKind: 'IngressClassList',
  namespaced: false,
  verbs: ALL_VERBS,
  storage: 'ingressclasses',
  schema: { groupVersion: 'networking/v1', struct: 'IngressClass' },
});
