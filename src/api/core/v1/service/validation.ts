import type { Service, ServicePort, ServiceSpec } from '#api/types/core-v1';
import { child, duplicate, type FieldError, forbidden, index, invalid, key, notSupported, required } from '../../../machinery/field-error.ts';
import { parseIp, validateLegacyCidr, validateLegacyIp } from '../../../machinery/ip-address.ts';
import { isDns1123Label, isDns1123Subdomain, isPortNumber, isQualifiedName } from '../../../machinery/names.ts';
import { validateLabels } from '../../../machinery/selector.ts';
import { invalidEach, portOrName } from '../pod/checks.ts';
import { clusterIpErrors, isHeadless } from './address-validation.ts';
import { isExternallyReachable } from './defaults.ts';
import { needsHealthCheckPort } from './strategy.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const AFFINITIES = ['ClientIP', 'None'];
const MAX_AFFINITY_SECONDS = 86_400;
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const ONLY_BALANCERS = "may only be used when `type` is 'LoadBalancer'";

/** What is wrong with a Service, but for what only the allocators of addresses and node ports know. `old` is the stored one: its addresses may stay. */
export function validateService(service: Service, old?: Service): FieldError[] {
  const { metadata, spec } = service;
  const errors: FieldError[] = [];
  const [hints, mode] = [metadata.annotations?.[TOPOLOGY_HINTS], metadata.annotations?.[TOPOLOGY_MODE]];
  if (hints !== undefined && mode !== undefined && hints !== mode)
    errors.push(invalid(key('metadata.annotations', TOPOLOGY_MODE), mode, `must match annotations[${TOPOLOGY_HINTS}] when both are specified`));
  if (!spec.ports?.length && !isHeadless(spec) && spec.type !== 'ExternalName') errors.push(required('spec.ports'));
  errors.push(...typeErrors(spec), ...portListErrors(spec));
  if (spec.selector) errors.push(...validateLabels(spec.selector, 'spec.selector'));
  errors.push(...affinityErrors(spec), ...clusterIpErrors(spec, old?.spec));
  for (const [i, ip] of (spec.externalIPs ?? []).entries()) errors.push(...externalIpErrors(ip, index('spec.externalIPs', i), old?.spec.externalIPs));
  if (!spec.type) errors.push(required('spec.type'));
  else if (!TYPES.includes(spec.type)) errors.push(notSupported('spec.type', spec.type, TYPES));
  errors.push(...duplicatePortErrors(spec), ...sourceRangeErrors(service, old));
  return [...errors, ...loadBalancerErrors(spec), ...trafficPolicyErrors(spec)];
}

function typeErrors(spec: ServiceSpec): FieldError[] {
  const { type, clusterIPs, externalName, ipFamilies, ipFamilyPolicy } = spec;
  if (type === 'LoadBalancer' || type === 'NodePort')
    return isHeadless(spec) ? [invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`)] : [];
  if (type !== 'ExternalName') return [];
  const errors: FieldError[] = [];
  const text = 'may not be set for ExternalName services';
  if (clusterIPs?.length) errors.push(forbidden('spec.clusterIPs', text));
  if (ipFamilies?.length) errors.push(forbidden('spec.ipFamilies', text));
  if (ipFamilyPolicy !== undefined) errors.push(forbidden('spec.ipFamilyPolicy', text));
  // A trailing dot says that nothing is to be appended.
  const name = (externalName ?? '').replace(/\.$/, '');
  if (!name) return [...errors, required('spec.externalName')];
  return [...errors, ...invalidEach('spec.externalName', name, isDns1123Subdomain(name))];
}

function portListErrors({ ports = [] }: ServiceSpec): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => portErrors(port, ports.length > 1, names, index('spec.ports', i)));
}

function portErrors(port: ServicePort, needsName: boolean, names: Set<string>, path: string): FieldError[] {
  const { name, protocol, targetPort = 0, appProtocol } = port;
  const errors: FieldError[] = [];
  if (needsName && !name) errors.push(required(child(path, 'name')));
  else if (name) {
    errors.push(...invalidEach(child(path, 'name'), name, isDns1123Label(name)));
    if (names.has(name)) errors.push(duplicate(child(path, 'name'), name));
    names.add(name);
  }
  errors.push(...invalidEach(child(path, 'port'), port.port, isPortNumber(port.port)));
  if (!protocol) errors.push(required(child(path, 'protocol')));
  else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(child(path, 'protocol'), protocol, PROTOCOLS));
  errors.push(...portOrName(child(path, 'targetPort'), targetPort));
  if (appProtocol !== undefined) errors.push(...invalidEach(child(path, 'appProtocol'), appProtocol, isQualifiedName(appProtocol)));
  return errors;
}

/** One port number serves one port of a protocol, inside and on nodes. */
function duplicatePortErrors({ type, ports = [] }: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const [nodePorts, seen] = [new Set<string>(), new Set<string>()];
  const list = [...ports.entries()];
  for (const [i, { nodePort }] of list)
    if (type === 'ClusterIP' && nodePort) errors.push(forbidden(child(index('spec.ports', i), 'nodePort'), "may not be used when `type` is 'ClusterIP'"));
  for (const [i, { protocol, nodePort }] of list) {
    if (!nodePort) continue;
    if (nodePorts.has(`${protocol}/${nodePort}`)) errors.push(duplicate(child(index('spec.ports', i), 'nodePort'), nodePort));
    nodePorts.add(`${protocol}/${nodePort}`);
  }
  for (const [i, { protocol, port }] of list) {
    // Upstream prints its internal struct, whose members have Go's names.
    const printed = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
    if (seen.has(`${protocol}/${port}`)) errors.push(duplicate(index('spec.ports', i), printed));
    seen.add(`${protocol}/${port}`);
  }
  return errors;
}

function affinityErrors({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): FieldError[] {
  if (!sessionAffinity) return [required('spec.sessionAffinity')];
  if (!AFFINITIES.includes(sessionAffinity)) return [notSupported('spec.sessionAffinity', sessionAffinity, AFFINITIES)];
  const path = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'None') return sessionAffinityConfig ? [forbidden(path, 'must not be set when session affinity is None')] : [];
  const text = 'when session affinity type is ClientIP';
  if (!sessionAffinityConfig) return [required(path, text)];
  if (!sessionAffinityConfig.clientIP) return [required(child(path, 'clientIP'), text)];
  const seconds = sessionAffinityConfig.clientIP.timeoutSeconds;
  const at = child(path, 'clientIP', 'timeoutSeconds');
  if (seconds === undefined) return [required(at, text)];
  const isRight = seconds > 0 && seconds <= MAX_AFFINITY_SECONDS;
  return isRight ? [] : [invalid(at, seconds, `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`)];
}

function externalIpErrors(ip: string, path: string, known: readonly string[] | undefined): FieldError[] {
  const errors = validateLegacyIp(path, ip, known);
  return errors.length ? errors : validateNonSpecialIp(ip, path);
}

/** Addresses that always mean this host or this link are nobody's endpoints. */
export function validateNonSpecialIp(ip: string, path: string): FieldError[] {
  const because = (text: string) => [invalid(path, ip, text)];
  if (ip === '0.0.0.0' || ip === '::') return because(`may not be unspecified (${ip})`);
  if (ip.startsWith('127.') || ip === '::1') return because('may not be in the loopback range (127.0.0.0/8, ::1/128)');
  if (ip.startsWith('169.254.') || /^fe[89ab]/i.test(ip)) return because('may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  if (/^224\.0\.0\.\d+$/.test(ip) || /^ff02/i.test(ip)) return because('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
  return [];
}

function sourceRangeErrors({ metadata, spec: { type, loadBalancerSourceRanges: ranges } }: Service, old: Service | undefined): FieldError[] {
  const isBalancer = type === 'LoadBalancer';
  if (ranges?.length) {
    // Upstream's path begins with a capital.
    const path = 'spec.LoadBalancerSourceRanges';
    const known = old?.spec.loadBalancerSourceRanges?.map((range) => range.trim());
    const errors = isBalancer ? [] : [forbidden(path, ONLY_BALANCERS)];
    return [...errors, ...ranges.flatMap((range, i) => validateLegacyCidr(index(path, i), range.trim(), known))];
  }
  const annotation = metadata.annotations?.[SOURCE_RANGES];
  if (annotation === undefined) return [];
  const path = key('metadata.annotations', SOURCE_RANGES);
  const errors = isBalancer ? [] : [forbidden(path, ONLY_BALANCERS)];
  if (!annotation.trim() || annotation === old?.metadata.annotations?.[SOURCE_RANGES]) return errors;
  return [...errors, ...annotation.split(',').flatMap((range) => validateLegacyCidr(path, range.trim()))];
}

const EXTERNAL_POLICIES = ['Cluster', 'Local'];
const DISTRIBUTIONS = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];

function trafficPolicyErrors(spec: ServiceSpec): FieldError[] {
  const { type, externalTrafficPolicy, internalTrafficPolicy, healthCheckNodePort, trafficDistribution } = spec;
  const errors: FieldError[] = [];
  const path = 'spec.externalTrafficPolicy';
  if (!isExternallyReachable(spec)) {
    if (externalTrafficPolicy) errors.push(invalid(path, externalTrafficPolicy, 'may only be set for externally-accessible services'));
  } else if (!externalTrafficPolicy) errors.push(required(path));
  else if (!EXTERNAL_POLICIES.includes(externalTrafficPolicy)) errors.push(notSupported(path, externalTrafficPolicy, EXTERNAL_POLICIES));
  if (healthCheckNodePort) {
    const at = 'spec.healthCheckNodePort';
    const text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    if (!needsHealthCheckPort(spec)) errors.push(invalid(at, healthCheckNodePort, text));
    else errors.push(...invalidEach(at, healthCheckNodePort, isPortNumber(healthCheckNodePort)));
  }
  const inside = 'spec.internalTrafficPolicy';
  if (internalTrafficPolicy === undefined) {
    if (type === 'NodePort' || type === 'LoadBalancer' || type === 'ClusterIP') errors.push(required(inside));
  } else if (!EXTERNAL_POLICIES.includes(internalTrafficPolicy)) errors.push(notSupported(inside, internalTrafficPolicy, EXTERNAL_POLICIES));
  if (trafficDistribution !== undefined && !DISTRIBUTIONS.includes(trafficDistribution))
    errors.push(notSupported('spec.trafficDistribution', trafficDistribution, DISTRIBUTIONS));
  return errors;
}

function loadBalancerErrors({ type, loadBalancerClass, allocateLoadBalancerNodePorts }: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const isBalancer = type === 'LoadBalancer';
  if (!isBalancer && allocateLoadBalancerNodePorts !== undefined) errors.push(forbidden('spec.allocateLoadBalancerNodePorts', ONLY_BALANCERS));
  if (isBalancer && allocateLoadBalancerNodePorts === undefined) errors.push(required('allocateLoadBalancerNodePorts'));
  return [...errors, ...classErrors(isBalancer, loadBalancerClass)];
}
function classErrors(isBalancer: boolean, name: string | undefined): FieldError[] {
  if (name === undefined) return [];
  const path = 'spec.loadBalancerClass';
  return isBalancer ? invalidEach(path, name, isQualifiedName(name)) : [forbidden(path, ONLY_BALANCERS)];
}

/** What is wrong with a changed Service: it keeps its first address and family while it is of a type that has them. Judges the whole. */
export function validateServiceUpdate(service: Service, old: Service): FieldError[] {
  const [{ spec }, { spec: before }] = [service, old];
  const errors = addressChangeErrors(spec, before);
  const isBalancer = spec.type === 'LoadBalancer';
  if (isBalancer && before.type === 'LoadBalancer' && spec.loadBalancerClass !== before.loadBalancerClass)
    errors.push(invalid('spec.loadBalancerClass', spec.loadBalancerClass, 'may not change once set'));
  errors.push(...classErrors(isBalancer, spec.loadBalancerClass));
  const [port, oldPort] = [spec.healthCheckNodePort ?? 0, before.healthCheckNodePort ?? 0];
  if (needsHealthCheckPort(spec) && needsHealthCheckPort(before) && port !== oldPort) errors.push(forbidden('spec.healthCheckNodePort', 'field is immutable'));
  return [...errors, ...validateService(service, old)];
}

function addressChangeErrors(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return [];
  const [wasHeadless, isNowHeadless] = [isHeadless(old), isHeadless(spec)];
  const errors: FieldError[] = [];
  const noun = { list: 'clusterIPs', primary: 'primary clusterIP', secondary: 'secondary clusterIP' } as const;
  if (!wasHeadless || !isNowHeadless) errors.push(...listChangeErrors(spec.clusterIPs ?? [], old.clusterIPs ?? [], spec, noun));
  if (wasHeadless || isNowHeadless) return errors;
  const families = { list: 'ipFamilies', primary: 'primary ipFamily', secondary: 'secondary ipFamily' } as const;
  return [...errors, ...listChangeErrors(spec.ipFamilies ?? [], old.ipFamilies ?? [], spec, families)];
}

interface Noun {
  readonly list: 'clusterIPs' | 'ipFamilies';
  readonly primary: string;
  readonly secondary: string;
}
/** The first entry stays; the second may come, and go with the policy SingleStack. */
function listChangeErrors(list: readonly string[], old: readonly string[], spec: ServiceSpec, { list: field, primary, secondary }: Noun): FieldError[] {
  const path = `spec.${field}`;
  const isAddress = field === 'clusterIPs';
  const fixed = (i: number, value: unknown): FieldError => invalid(index(path, i), value, 'may not change once set');
  if (old.length === list.length) return old.flatMap((entry, i) => (entry === list[i] ? [] : [fixed(isAddress ? i : 0, list)]));
  // Upstream prints the addresses where it means the families.
  const changed = old.length && list.length && list[0] !== old[0] ? [fixed(0, isAddress ? list : (spec.clusterIPs ?? []))] : [];
  if (old.length < list.length) return changed;
  const errors: FieldError[] = [];
  if (!spec.clusterIPs?.length) errors.push(invalid(index(path, 0), list.length ? list : null, `${primary} can not be unset`));
  errors.push(...changed);
  if (list.length === 1 && spec.ipFamilyPolicy !== 'SingleStack')
    errors.push(invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, `must be set to 'SingleStack' when releasing the ${secondary}`));
  return errors;
}

const IP_MODES = ['Proxy', 'VIP'];

/** What is wrong with a Service's new status. */
export function validateServiceStatus({ spec, status }: Service, old: Service): FieldError[] {
  const ingress = status?.loadBalancer?.ingress ?? [];
  const path = 'status.loadBalancer.ingress';
  if (spec.type !== 'LoadBalancer' && ingress.length) return [forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  const known = (old.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
  return ingress.flatMap(({ ip, ipMode, hostname }, i) => {
    const at = index(path, i);
    const errors = ip ? validateLegacyIp(child(at, 'ip'), ip, known) : [];
    if (ipMode === undefined) {
      if (ip) errors.push(required(child(at, 'ipMode'), 'must be specified when `ip` is set'));
    } else if (!ip) errors.push(forbidden(child(at, 'ipMode'), 'may not be specified when `ip` is not set'));
    else if (!IP_MODES.includes(ipMode)) errors.push(notSupported(child(at, 'ipMode'), ipMode, IP_MODES));
    if (hostname) {
      errors.push(...invalidEach(child(at, 'hostname'), hostname, isDns1123Subdomain(hostname)));
      if (parseIp(hostname)) errors.push(invalid(child(at, 'hostname'), hostname, 'must be a DNS name, not an IP address'));
    }
    return errors;
  });
}
