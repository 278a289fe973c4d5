import type { Service, ServicePort, ServiceSpec } from '#api/types/core-v1';
import { child, duplicate, type FieldError, forbidden, index, invalid, notSupported, required } from '../../../machinery/field-error.ts';
import { isCidr, isDns1123Label, isDns1123Subdomain, isIpAddress, isPortNumber, isQualifiedName } from '../../../machinery/names.ts';
import { validateImmutable } from '../../../machinery/object-meta.ts';
import { validateLabels } from '../../../machinery/selector.ts';
import { invalidEach, portOrName } from '../pod/checks.ts';
import { isExternallyReachable } from './defaults.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const AFFINITIES = ['ClientIP', 'None'];
const MAX_AFFINITY_SECONDS = 86_400;

/** What is wrong with a Service, but for what only the allocators of addresses and node ports know. */
export function validateService({ spec }: Service): FieldError[] {
  const isHeadless = spec.clusterIP === 'None' || spec.clusterIPs?.[0] === 'None';
  const errors: FieldError[] = [];
  if (!spec.ports?.length && !isHeadless && spec.type !== 'ExternalName') errors.push(required('spec.ports'));
  errors.push(...typeErrors(spec), ...validatePorts(spec));
  if (spec.selector) errors.push(...validateLabels(spec.selector, 'spec.selector'));
  errors.push(...affinityErrors(spec), ...validateClusterIps(spec));
  for (const [i, ip] of (spec.externalIPs ?? []).entries()) errors.push(...externalIpErrors(ip, index('spec.externalIPs', i)));
  if (!spec.type) errors.push(required('spec.type'));
  else if (!TYPES.includes(spec.type)) errors.push(notSupported('spec.type', spec.type, TYPES));
  return [...errors, ...sourceRangeErrors(spec), ...trafficPolicyErrors(spec), ...loadBalancerErrors(spec)];
}

function typeErrors({ type, clusterIPs, externalName, ports }: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (type === 'LoadBalancer' || type === 'NodePort') {
    if (clusterIPs?.[0] === 'None') errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`));
  } else if (type === 'ExternalName') {
    if (clusterIPs?.length) errors.push(forbidden('spec.clusterIPs', 'may not be set for ExternalName services'));
    const name = (externalName ?? '').replace(/\.$/, '');
    if (name) errors.push(...invalidEach('spec.externalName', name, isDns1123Subdomain(name)));
    else errors.push(required('spec.externalName'));
  }
  if (type === 'LoadBalancer') {
    for (const [i, { port }] of (ports ?? []).entries()) {
      // The kubelet listens there on every node.
      if (port === 10250) errors.push(invalid(child(index('spec.ports', i), 'port'), port, 'may not expose port 10250 externally since it is used by kubelet'));
    }
  }
  return errors;
}

function validatePorts({ type, ports, clusterIPs }: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const isHeadless = clusterIPs?.[0] === 'None';
  const names = new Set<string>();
  const [seen, nodePorts] = [new Set<string>(), new Set<string>()];
  for (const [i, port] of (ports ?? []).entries()) {
    const at = index('spec.ports', i);
    errors.push(...portErrors(port, { needsName: (ports?.length ?? 0) > 1, isHeadless, names }, at));
    if (port.nodePort && (type === 'ClusterIP' || type === 'ExternalName')) {
      errors.push(forbidden(child(at, 'nodePort'), `may not be used when \`type\` is '${type}'`));
    }
    const key = `${port.protocol}/${port.port}`;
    if (seen.has(key)) errors.push(duplicate(at, { port: port.port, protocol: port.protocol }));
    seen.add(key);
    if (!port.nodePort) continue;
    const nodeKey = `${port.protocol}/${port.nodePort}`;
    if (nodePorts.has(nodeKey)) errors.push(duplicate(child(at, 'nodePort'), port.nodePort));
    nodePorts.add(nodeKey);
  }
  return errors;
}

function portErrors(port: ServicePort, context: { needsName: boolean; isHeadless: boolean; names: Set<string> }, path: string): FieldError[] {
  const { name, protocol, targetPort = 0, appProtocol } = port;
  const errors: FieldError[] = [];
  if (context.needsName && !name) errors.push(required(child(path, 'name')));
  else if (name) {
    errors.push(...invalidEach(child(path, 'name'), name, isDns1123Label(name)));
    if (context.names.has(name)) errors.push(duplicate(child(path, 'name'), name));
    context.names.add(name);
  }
  errors.push(...invalidEach(child(path, 'port'), port.port, isPortNumber(port.port)));
  if (!protocol) errors.push(required(child(path, 'protocol')));
  else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(child(path, 'protocol'), protocol, PROTOCOLS));
  errors.push(...portOrName(child(path, 'targetPort'), targetPort));
  if (appProtocol !== undefined) errors.push(...invalidEach(child(path, 'appProtocol'), appProtocol, isQualifiedName(appProtocol)));
  return errors;
}

function affinityErrors({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): FieldError[] {
  if (!sessionAffinity) return [required('spec.sessionAffinity')];
  if (!AFFINITIES.includes(sessionAffinity)) return [notSupported('spec.sessionAffinity', sessionAffinity, AFFINITIES)];
  const path = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'None') {
    return sessionAffinityConfig ? [forbidden(path, 'must not be set when session affinity is None')] : [];
  }
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (seconds === undefined) return [required(child(path, 'clientIP', 'timeoutSeconds'), 'must not be null when session affinity is ClientIP')];
  const isRight = seconds > 0 && seconds <= MAX_AFFINITY_SECONDS;
  return isRight ? [] : [invalid(child(path, 'clientIP', 'timeoutSeconds'), seconds, `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`)];
}

function validateClusterIps({ type, clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy }: ServiceSpec): FieldError[] {
  if (type === 'ExternalName') return [];
  const path = 'spec.clusterIPs';
  const errors: FieldError[] = [];
  if (clusterIP && !clusterIPs.length) errors.push(required(path));
  if (clusterIPs[0] !== undefined && clusterIPs[0] !== (clusterIP ?? '')) errors.push(invalid(path, clusterIPs, 'first value must match `clusterIP`'));
  if (clusterIPs.length > 2) errors.push(invalid(path, clusterIPs, 'may only hold up to 2 values'));
  for (const [i, ip] of clusterIPs.entries()) {
    if (ip === 'None') {
      if (i > 0) errors.push(invalid(index(path, i), ip, "'None' must be the first and only value"));
    } else errors.push(...invalidEach(index(path, i), ip, isIpAddress(ip)));
  }
  if (clusterIPs[0] === 'None' && clusterIPs.length > 1) errors.push(invalid(path, clusterIPs, "'None' must be the first and only value"));
  const [first, second] = clusterIPs;
  if (first && second && first.includes(':') === second.includes(':'))
    errors.push(invalid(path, clusterIPs, 'may specify no more than one IP for each IP family'));
  for (const [i, family] of ipFamilies.entries()) {
    if (family !== 'IPv4' && family !== 'IPv6') errors.push(notSupported(index('spec.ipFamilies', i), family, ['IPv4', 'IPv6']));
    else if (ipFamilies.indexOf(family) < i) errors.push(duplicate(index('spec.ipFamilies', i), family));
  }
  const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
  if (ipFamilyPolicy && !policies.includes(ipFamilyPolicy)) errors.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, policies));
  return errors;
}

function externalIpErrors(ip: string, path: string): FieldError[] {
  const messages = isIpAddress(ip);
  return messages.length ? invalidEach(path, ip, messages) : validateNonSpecialIp(ip, path);
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

function sourceRangeErrors({ type, loadBalancerSourceRanges }: ServiceSpec): FieldError[] {
  const path = 'spec.loadBalancerSourceRanges';
  if (!loadBalancerSourceRanges?.length) return [];
  if (type !== 'LoadBalancer') return [forbidden(path, "may only be used when `type` is 'LoadBalancer'")];
  return loadBalancerSourceRanges.flatMap((range, i) => invalidEach(index(path, i), range, isCidr(range.trim())));
}

function trafficPolicyErrors(spec: ServiceSpec): FieldError[] {
  const { externalTrafficPolicy: external, internalTrafficPolicy: internal, healthCheckNodePort, type } = spec;
  const errors: FieldError[] = [];
  if (external && !isExternallyReachable(spec)) {
    errors.push(invalid('spec.externalTrafficPolicy', external, 'may only be set for externally-accessible services'));
  } else if (!external && isExternallyReachable(spec)) errors.push(required('spec.externalTrafficPolicy'));
  else if (external && external !== 'Cluster' && external !== 'Local') errors.push(notSupported('spec.externalTrafficPolicy', external, ['Cluster', 'Local']));
  const needsHealthCheck = type === 'LoadBalancer' && external === 'Local';
  if (healthCheckNodePort && !needsHealthCheck) {
    errors.push(
      invalid('spec.healthCheckNodePort', healthCheckNodePort, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"),
    );
  }
  if (internal && internal !== 'Cluster' && internal !== 'Local') errors.push(notSupported('spec.internalTrafficPolicy', internal, ['Cluster', 'Local']));
  return errors;
}

function loadBalancerErrors({ type, loadBalancerClass, allocateLoadBalancerNodePorts, trafficDistribution }: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const isBalancer = type === 'LoadBalancer';
  if (isBalancer && allocateLoadBalancerNodePorts === undefined) errors.push(required('spec.allocateLoadBalancerNodePorts'));
  if (!isBalancer && allocateLoadBalancerNodePorts !== undefined) {
    errors.push(forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'"));
  }
  if (loadBalancerClass !== undefined) {
    if (isBalancer) errors.push(...invalidEach('spec.loadBalancerClass', loadBalancerClass, isQualifiedName(loadBalancerClass)));
    else errors.push(forbidden('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'"));
  }
  const distributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];
  if (trafficDistribution !== undefined && !distributions.includes(trafficDistribution)) {
    errors.push(notSupported('spec.trafficDistribution', trafficDistribution, distributions));
  }
  return errors;
}

/** A Service keeps its address while it is of a type that has one. */
export function validateServiceUpdate({ spec }: Service, old: Service): FieldError[] {
  const errors: FieldError[] = [];
  const hasIp = ({ type }: ServiceSpec) => type !== 'ExternalName';
  if (hasIp(spec) && hasIp(old.spec)) {
    const [before, now] = [old.spec.clusterIPs ?? [], spec.clusterIPs ?? []];
    if (before.length && now[0] !== before[0]) {
      errors.push(
        now.length ? invalid('spec.clusterIPs[0]', now[0], 'may not change once set') : invalid('spec.clusterIPs[0]', '', 'primary clusterIP can not be unset'),
      );
    }
  }
  if (spec.type === 'LoadBalancer' && old.spec.type === 'LoadBalancer') {
    errors.push(
      ...validateImmutable(spec.loadBalancerClass, old.spec.loadBalancerClass, 'spec.loadBalancerClass').map((error) => ({
        ...error,
        message: error.message.replace('field is immutable', 'may not change once set'),
      })),
    );
  }
  return errors;
}
