import type { IngressClass } from '#api/types/networking-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { validateIngressClass, validateIngressClassUpdate } from './ingress-class-validation.ts';

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
  hasGeneration: true,
  validate: validateIngressClass,
  validateUpdate: validateIngressClassUpdate,
  validatesUpdatesWhole: true,
  revalidatesMetadata: true,
  columns: [
    nameColumn(),
    column('Controller', 'string', { text: 'Controller that is responsible for handling this class' }, ({ spec }) => spec?.controller ?? ''),
    column('Parameters', 'string', { text: 'A reference to a resource with additional parameters' }, ({ spec }) => {
      const parameters = spec?.parameters;
      if (!parameters) return '<none>';
      return `${parameters.kind}${typeof parameters.apiGroup !== 'string' ? '' : `.${parameters.apiGroup}`}/${parameters.name}`;
    }),
    ageColumn(),
  ],
  defaults: ({ spec }) => {
    if (spec?.parameters) spec.parameters.scope ??= 'Cluster';
  },
});
