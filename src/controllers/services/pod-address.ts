import type { Container, Pod, Service, ServicePort } from '#api/types/core-v1';
import { isPodTerminal } from '../pod-facts.ts';

// What services say about Pods, shared by the controllers for Endpoints and for EndpointSlices.

/** An address family, in the words of EndpointSlices. */
export type AddressType = 'IPv4' | 'IPv6';

/** The family of an address. */
export function addressTypeOf(ip: string): AddressType {
  return ip.includes(':') ? 'IPv6' : 'IPv4';
}
/** The Pod's address of this family. */
export function podIp(pod: Pod, type: AddressType): string | undefined {
  const ips = pod.status?.podIPs?.map((p) => p.ip) ?? (pod.status?.podIP ? [pod.status.podIP] : []);
  return ips.find((ip) => ip !== '' && addressTypeOf(ip) === type);
}
/** The families in which a service is published, its first first. */
export function familiesOf(service: Service): AddressType[] {
  const { ipFamilies = [], clusterIP } = service.spec;
  if (ipFamilies.length > 0) return ipFamilies.map((f) => (f === 'IPv6' ? 'IPv6' : 'IPv4'));
  return [clusterIP && clusterIP !== 'None' ? addressTypeOf(clusterIP) : 'IPv4'];
}
/** A service without an address of its own. */
export function isHeadless(service: Service): boolean {
  return service.spec.clusterIP === 'None' || (service.spec.clusterIP ?? '') === '';
}
/** A Pod has a place among the addresses while it has an address and has not ended; when terminating, only if asked for. */
export function isEndpoint(pod: Pod, includesTerminating: boolean): boolean {
  if (isPodTerminal(pod)) return false;
  if (!pod.status?.podIP && (pod.status?.podIPs ?? []).length === 0) return false;
  return includesTerminating || pod.metadata.deletionTimestamp === undefined;
}
/** The name under which DNS knows the Pod in this service. */
export function hostnameOf(pod: Pod, service: Service): string | undefined {
  const { hostname, subdomain } = pod.spec ?? {};
  const isNamed = hostname && subdomain === service.metadata.name && pod.metadata.namespace === service.metadata.namespace;
  return isNamed ? hostname : undefined;
}
/** The port number that a service port means in this Pod; undefined where the Pod has no port of that name and protocol. */
export function targetPortOf(pod: Pod, port: ServicePort): number | undefined {
  const { targetPort, protocol = 'TCP' } = port;
  if (targetPort === undefined || targetPort === 0 || targetPort === '') return port.port;
  if (typeof targetPort === 'number') return targetPort;
  const sidecars = (pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always');
  const containers: readonly Container[] = [...(pod.spec?.containers ?? []), ...sidecars];
  for (const container of containers) {
    const found = container.ports?.find((p) => p.name === targetPort && (p.protocol ?? 'TCP') === protocol);
    if (found) return found.containerPort;
  }
  return undefined;
}
/** Whether the service's selector picks the Pod; a service without a selector picks none. */
export function selectsPod(service: Service, pod: Pod): boolean {
  const selector = Object.entries(service.spec.selector ?? {});
  return selector.length > 0 && selector.every(([key, value]) => pod.metadata.labels?.[key] === value);
}
