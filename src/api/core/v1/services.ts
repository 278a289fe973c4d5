import type { Service } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, loadBalancerAddresses, nameColumn, wideColumn } from '../../printing/columns.ts';
import { formatLabels } from '../../workload/scale.ts';
import { defaultService } from './service/defaults.ts';
import { prepareService, prepareServiceUpdate } from './service/strategy.ts';
import { nameIsDnsLabel } from '../../machinery/names.ts';
import { validateService, validateServiceStatus, validateServiceUpdate } from './service/validation.ts';
import { serviceStatusWarnings, serviceWarnings } from './service/warnings.ts';

/** The definition of Service. */
export const services: ResourceDefinition<Service> = defineResource<Service>({
  group: '',
  version: 'v1',
  plural: 'services',
  singular: 'service',
  kind: 'Service',
  listKind: 'ServiceList',
  namespaced: true,
  shortNames: ['svc'],
  categories: ['all'],
  verbs: ALL_VERBS,
  storage: 'services/specs',
  schema: { groupVersion: 'core/v1', struct: 'Service' },
  createsOnUpdate: true,
  hasGeneration: false,
  selectableFields: {
    'spec.clusterIP': ({ spec }) => spec?.clusterIP ?? '',
    'spec.type': ({ spec }) => spec?.type ?? '',
  },
  prepareForCreate: prepareService,
  prepareForUpdate: prepareServiceUpdate,
  validateName: nameIsDnsLabel,
  validate: (service) => validateService(service),
  validateUpdate: validateServiceUpdate,
  validatesUpdatesWhole: true,
  revalidatesMetadata: true,
  warnings: serviceWarnings,
  columns: [
    nameColumn(),
    column('Type', 'string', 'ServiceSpec.type', ({ spec }) => spec?.type ?? ''),
    column('Cluster-IP', 'string', 'ServiceSpec.clusterIP', ({ spec }) => spec?.clusterIPs?.[0] ?? '<none>'),
    column('External-IP', 'string', 'ServiceSpec.externalIPs', externalIp),
    column('Port(s)', 'string', 'ServiceSpec.ports', formatPorts),
    ageColumn(),
    wideColumn('Selector', 'string', 'ServiceSpec.selector', ({ spec }) => formatLabels(spec?.selector)),
  ],
  defaults: defaultService,
  subresources: {
    status: { validateUpdate: validateServiceStatus, warnings: serviceStatusWarnings },
    special: {
      proxy: { kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    },
  },
});

function externalIp({ spec, status }: Service): string {
  const own = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return own.join(',') || '<none>';
    case 'LoadBalancer': {
      const given = loadBalancerAddresses(status?.loadBalancer?.ingress);
      return [...(given ? [given] : []), ...own].join(',') || '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function formatPorts({ spec }: Service): string {
  const ports = (spec?.ports ?? []).map(({ port, nodePort, protocol }) => (nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`));
  return ports.join(',') || '<none>';
}
