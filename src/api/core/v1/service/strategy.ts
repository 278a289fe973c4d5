import type { Service, ServicePort, ServiceSpec } from '#api/types/core-v1';
import { isExternallyReachable } from './defaults.ts';

/** A new Service has no status, and its two forms of cluster address agree. */
export function prepareService(service: Service): void {
  service.status = { loadBalancer: {} };
  alignClusterIps(service.spec, undefined);
}

/** What was allocated stays where the author does not say otherwise, and goes where the type no longer has it. */
export function prepareServiceUpdate(service: Service, old: Service): void {
  // Who takes the balancer away need not wait for the end of it.
  service.status = service.spec.type === 'LoadBalancer' ? old.status : { ...old.status, loadBalancer: {} };
  keepAllocated(service.spec, old.spec);
  alignClusterIps(service.spec, old.spec);
  dropFieldsOfOldType(service.spec, old.spec);
}

function needsClusterIp({ type }: ServiceSpec): boolean {
  return type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer';
}
function mayHaveNodePorts({ type }: ServiceSpec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}
function needsNodePorts(spec: ServiceSpec): boolean {
  return mayHaveNodePorts(spec) && (spec.type === 'NodePort' || (spec.allocateLoadBalancerNodePorts ?? true));
}
/** Whether load balancers must be able to ask each node for endpoints of its own. */
export function needsHealthCheckPort({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}

function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIp(spec) && needsClusterIp(old)) {
    spec.clusterIP ||= old.clusterIP;
    if (!spec.clusterIPs?.length && spec.clusterIP === old.clusterIP) spec.clusterIPs = old.clusterIPs;
  }
  if (needsNodePorts(spec) && needsNodePorts(old)) keepNodePorts(spec.ports ?? [], old.ports ?? []);
  if (needsHealthCheckPort(spec) && needsHealthCheckPort(old)) spec.healthCheckNodePort ||= old.healthCheckNodePort;
}

/** Ports are known by their names, whatever else of them changes. */
function keepNodePorts(ports: readonly ServicePort[], old: readonly ServicePort[]): void {
  const known = new Map(old.map(({ name = '', nodePort }) => [name, nodePort]));
  const taken = new Set(ports.map(({ nodePort }) => nodePort));
  for (const port of ports) {
    const nodePort = known.get(port.name ?? '');
    if (!port.nodePort && nodePort && !taken.has(nodePort)) port.nodePort = nodePort;
  }
}

/** `clusterIP` is the first of `clusterIPs`; who changes only one of them means both. */
function alignClusterIps(spec: ServiceSpec, old: ServiceSpec | undefined): void {
  const isListAsBefore = sameList(spec.clusterIPs, old?.clusterIPs);
  if (!old) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  if ((spec.clusterIP ?? '') === (old.clusterIP ?? '')) return;
  if (!isListAsBefore && spec.clusterIPs?.length) return;
  if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
  else delete spec.clusterIPs;
}

/** Takes away what only the old type has, unless the author changed it, which validation then judges. */
function dropFieldsOfOldType(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIp(old) && !needsClusterIp(spec)) {
    if ((spec.clusterIP ?? '') === (old.clusterIP ?? '') && sameList(spec.clusterIPs, old.clusterIPs)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    if (sameList(spec.ipFamilies, old.ipFamilies)) delete spec.ipFamilies;
    if (spec.ipFamilyPolicy === old.ipFamilyPolicy) delete spec.ipFamilyPolicy;
  }
  if (mayHaveNodePorts(old) && !mayHaveNodePorts(spec) && !hasFurtherNodePorts(spec, old)) for (const port of spec.ports ?? []) delete port.nodePort;
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec) && spec.healthCheckNodePort === old.healthCheckNodePort) delete spec.healthCheckNodePort;
  if (isExternallyReachable(old) && !isExternallyReachable(spec) && spec.externalTrafficPolicy === old.externalTrafficPolicy) delete spec.externalTrafficPolicy;
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === old.allocateLoadBalancerNodePorts) delete spec.allocateLoadBalancerNodePorts;
    if (spec.loadBalancerClass === old.loadBalancerClass) delete spec.loadBalancerClass;
  }
}

function sameList(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return (a ?? []).join() === (b ?? []).join();
}
function hasFurtherNodePorts(spec: ServiceSpec, old: ServiceSpec): boolean {
  const known = new Set((old.ports ?? []).map(({ nodePort }) => nodePort));
  return (spec.ports ?? []).some(({ nodePort }) => nodePort && !known.has(nodePort));
}
