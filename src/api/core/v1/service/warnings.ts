import type { Service, ServiceSpec } from '#api/types/core-v1';
import { index } from '../../../machinery/field-error.ts';
import { cidrWarnings, ipWarnings } from '../../../machinery/ip-address.ts';
import { isHeadless } from './address-validation.ts';

const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';

/** What a Service's author is told beside the answer (pkg/api/service/warnings.go). */
export function serviceWarnings({ metadata, spec }: Service): string[] {
  const warnings: string[] = [];
  if (metadata.annotations?.[TOPOLOGY_HINTS] !== undefined) warnings.push(`annotation ${TOPOLOGY_HINTS} is deprecated, please use ${TOPOLOGY_MODE} instead`);
  if (!isHeadless(spec)) for (const [i, ip] of (spec.clusterIPs ?? []).entries()) warnings.push(...ipWarnings(index('spec.clusterIPs', i), ip));
  return [...warnings, ...headlessWarnings(spec), ...addressWarnings(spec), ...typeWarnings(spec)];
}

/** What the writer of a Service's status is told; the path is the point's, as upstream's. */
export function serviceStatusWarnings({ status }: Service): string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }, i) => (ip ? ipWarnings(index('status.loadBalancer.ingress', i), ip) : []));
}

function headlessWarnings(spec: ServiceSpec): string[] {
  if (spec.type !== 'ClusterIP' || !isHeadless(spec)) return [];
  const warnings: string[] = [];
  if (spec.loadBalancerIP) warnings.push('spec.loadBalancerIP is ignored for headless services');
  if (spec.externalIPs?.length) warnings.push('spec.externalIPs is ignored for headless services');
  if (spec.sessionAffinity !== 'None') warnings.push('spec.SessionAffinity is ignored for headless services');
  return warnings;
}

function addressWarnings(spec: ServiceSpec): string[] {
  const { type, externalIPs, loadBalancerIP, loadBalancerSourceRanges } = spec;
  // Where they are ignored, that is said instead.
  const areUsed = Boolean(externalIPs?.length) && type !== 'ExternalName' && !(type === 'ClusterIP' && isHeadless(spec));
  return [
    ...(externalIPs ?? []).flatMap((ip, i) => ipWarnings(index('spec.externalIPs', i), ip)),
    ...(areUsed ? ['spec.externalIPs is deprecated'] : []),
    ...(loadBalancerIP ? ipWarnings('spec.loadBalancerIP', loadBalancerIP) : []),
    ...(loadBalancerSourceRanges ?? []).flatMap((range, i) => cidrWarnings(index('spec.loadBalancerSourceRanges', i), range)),
  ];
}

function typeWarnings({ type, externalIPs, externalName, trafficDistribution }: ServiceSpec): string[] {
  const warnings: string[] = [];
  if (type === 'ExternalName' && externalIPs?.length) warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (type !== 'ExternalName' && externalName) warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  if (trafficDistribution === 'PreferClose') warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  return warnings;
}
