import type { Ingress } from '#api/types/networking-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, loadBalancerAddresses, nameColumn } from '../../printing/columns.ts';
import { isUpdate } from '../../machinery/is-update.ts';
import { validateIngressStatus, validateIngressUpdate, validateNewIngress } from './ingress-validation.ts';

/** The definition of Ingress. */
export const ingresses: ResourceDefinition<Ingress> = defineResource<Ingress>({
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'ingresses',
  singular: 'ingress',
  kind: 'Ingress',
  listKind: 'IngressList',
  namespaced: true,
  errorGroup: 'extensions',
  shortNames: ['ing'],
  verbs: ALL_VERBS,
  storage: 'ingress',
  schema: { groupVersion: 'networking/v1', struct: 'Ingress' },
  validate: (ingress) => (isUpdate(ingress) ? [] : validateNewIngress(ingress)),
  validateUpdate: validateIngressUpdate,
  revalidatesMetadata: true,
  warnings: ({ metadata, spec }, old) =>
    !old && metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined && spec?.ingressClassName === undefined
      ? ['annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead']
      : [],
  columns: [
    nameColumn(),
    column(
      'Class',
      'string',
      { text: 'The name of the IngressClass resource that should be used for additional configuration' },
      ({ spec }) => spec?.ingressClassName ?? '<none>',
    ),
    column('Hosts', 'string', { text: 'Hosts that incoming requests are matched against before the ingress rule' }, formatHosts),
    column('Address', 'string', { text: 'Address is a list containing ingress points for the load-balancer' }, ({ status }) =>
      loadBalancerAddresses(status?.loadBalancer?.ingress),
    ),
    column('Ports', 'string', { text: 'Ports of TLS configurations that open' }, ({ spec }) => (spec?.tls?.length ? '80, 443' : '80')),
    ageColumn(),
  ],
  subresources: {
    status: { validateUpdate: validateIngressStatus },
  },
});

/** The first three hosts; upstream counts what is left by rules, also those without a host. */
function formatHosts({ spec }: Ingress): string {
  const hosts: string[] = [];
  let hasMore = false;
  for (const { host } of spec?.rules ?? []) {
    if (hosts.length === 3) hasMore = true;
    else if (host) hosts.push(host);
  }
  if (!hosts.length) return '*';
  return hasMore ? `${hosts.join(',')} + ${(spec?.rules?.length ?? 0) - 3} more...` : hosts.join(',');
}
