/** From a Service and its EndpointSlices to what nftables has to hold for it: pure. */
import type { Pod, Service, ServicePort } from '#api/types/core-v1';
import type { EndpointSlice } from '#api/types/discovery-v1';
import { type Backend, backendsOf, type Chosen, chooseBackends, type Place } from './endpoint-choice.ts';

export type Family = 'ip' | 'ip6';

/** The named maps and sets that services put elements into; what they mean is in `base-rules.ts`. */
export type MapName = 'service-ips' | 'node-ports' | 'no-endpoint-ips' | 'no-endpoint-ports' | 'firewall-ips' | 'host-ports' | 'host-ip-ports' | 'hairpin';

/** What one owner (a Service, or a Pod with host ports) has in the ruleset of one family. */
export interface OwnedRules {
  /** Chain name → its rules, in order. */
  readonly chains: Map<string, readonly string[]>;
  /** Set of clients that stick to one endpoint → seconds they do. */
  readonly affinitySets: Map<string, number>;
  /** Elements: key → value ('' for sets). */
  readonly elements: ReadonlyMap<MapName, Map<string, string>>;
  /** For UDP: where clients send to → the endpoints that may answer. Flows to others must be forgotten. */
  readonly udpFlows: Map<string, ReadonlySet<string>>;
}

/** What a load balancer asks on a Service's healthCheckNodePort. */
export interface HealthCheck {
  readonly port: number;
  readonly namespace: string;
  readonly name: string;
  readonly localEndpoints: number;
}

export interface PlanContext extends Place {
  readonly family: Family;
  /** Sources in these networks keep their address. */
  readonly clusterCidrs: readonly string[];
  /** Service addresses that something on this host serves itself (cluster DNS). */
  readonly ownAddresses: ReadonlySet<string>;
}

export function emptyRules(): OwnedRules {
  return { chains: new Map(), affinitySets: new Map(), elements: new Map(), udpFlows: new Map() };
}

/** Whether the proxy serves this Service at all: neither headless, nor ExternalName, nor another proxy's. */
export function isProxied(service: Service): boolean {
  const { clusterIP, type } = service.spec;
  return type !== 'ExternalName' && !!clusterIP && clusterIP !== 'None' && service.metadata.labels?.['service.kubernetes.io/service-proxy-name'] === undefined;
}

/** The rules of one Service in one family; empty when it has no address of that family. */
export function planService(service: Service, slices: readonly EndpointSlice[], context: PlanContext): OwnedRules {
  const rules = emptyRules();
  const addresses = addressesOf(service, context.family);
  if (!isProxied(service) || addresses.cluster.length === 0) return rules;
  for (const port of service.spec.ports ?? []) planPort({ service, port, addresses, slices, context, rules });
  return rules;
}

/** The health check of a Service whose external traffic stays on the node. */
export function planHealthCheck(service: Service, slices: readonly EndpointSlice[], context: PlanContext): HealthCheck | undefined {
  const { type, externalTrafficPolicy, healthCheckNodePort, ports } = service.spec;
  if (!isProxied(service) || type !== 'LoadBalancer' || externalTrafficPolicy !== 'Local' || !healthCheckNodePort) return undefined;
  const local = new Set<string>();
  for (const port of ports ?? []) {
    for (const backend of backendsOf(port, slices, context.family === 'ip6', context.nodeName)) {
      if (backend.isLocal && backend.isReady) local.add(backend.address);
    }
  }
  return { port: healthCheckNodePort, namespace: service.metadata.namespace ?? '', name: service.metadata.name ?? '', localEndpoints: local.size };
}

/** The host ports of a Pod's containers. */
export function planHostPorts(pod: Pod, family: Family): OwnedRules {
  const rules = emptyRules();
  const { phase, podIPs } = pod.status ?? {};
  const address = podIPs?.find(({ ip }) => isOfFamily(ip ?? '', family))?.ip;
  if (!address || pod.spec?.hostNetwork || phase === 'Succeeded' || phase === 'Failed') return rules;
  // Containers that run at the same time: init containers do so only as sidecars.
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  for (const { hostPort, hostIP, protocol, containerPort } of [...sidecars, ...(pod.spec?.containers ?? [])].flatMap((container) => container.ports ?? [])) {
    if (!hostPort) continue;
    const proto = (protocol ?? 'TCP').toLowerCase();
    const isAnyAddress = !hostIP || hostIP === '0.0.0.0' || hostIP === '::';
    if (!isAnyAddress && !isOfFamily(hostIP, family)) continue;
    const key = isAnyAddress ? `${proto} . ${hostPort}` : `${hostIP} . ${proto} . ${hostPort}`;
    put(rules, isAnyAddress ? 'host-ports' : 'host-ip-ports', key, `${address} . ${containerPort}`);
    put(rules, 'hairpin', `${address} . ${address}`, '');
    if (proto === 'udp') rules.udpFlows.set(isAnyAddress ? `:${hostPort}` : `${hostIP}:${hostPort}`, new Set([address]));
  }
  return rules;
}

interface ServiceAddresses {
  readonly cluster: readonly string[];
  readonly external: readonly string[];
  readonly loadBalancer: readonly string[];
}

function addressesOf(service: Service, family: Family): ServiceAddresses {
  const { clusterIP, clusterIPs, externalIPs, type } = service.spec;
  const own = (list: readonly (string | undefined)[]) => list.filter((ip): ip is string => ip !== undefined && isOfFamily(ip, family));
  // Addresses of mode Proxy belong to a balancer outside that must see the traffic.
  const ingress =
    type === 'LoadBalancer' ? (service.status?.loadBalancer?.ingress ?? []).filter((entry) => entry.ipMode !== 'Proxy').map((entry) => entry.ip) : [];
  return { cluster: own(clusterIPs?.length ? clusterIPs : [clusterIP]), external: own(externalIPs ?? []), loadBalancer: own(ingress) };
}

interface PortInput {
  readonly service: Service;
  readonly port: ServicePort;
  readonly addresses: ServiceAddresses;
  readonly slices: readonly EndpointSlice[];
  readonly context: PlanContext;
  readonly rules: OwnedRules;
}

function planPort(input: PortInput): void {
  const { service, port, addresses, slices, context, rules } = input;
  const { spec } = service;
  const proto = (port.protocol ?? 'TCP').toLowerCase();
  const nodePort = port.nodePort ?? 0;
  const outside = [...addresses.external, ...addresses.loadBalancer];
  const isExternal = nodePort > 0 || outside.length > 0;
  const policies = { isInternalLocal: spec.internalTrafficPolicy === 'Local', isExternalLocal: spec.externalTrafficPolicy === 'Local', isExternal };
  const chosen = chooseBackends(backendsOf(port, slices, context.family === 'ip6', context.nodeName), policies, context);
  const name = `${service.metadata.namespace}/${service.metadata.name}/${proto}/${port.name || port.port}`;

  if (chosen.cluster.length > 0) {
    const masquerade = `${context.family} saddr != ${inline(context.clusterCidrs)} jump masquerade-later`;
    rules.chains.set(`svc/${name}`, [masquerade, ...balance(`svc/${name}`, chosen.cluster, input)]);
  }
  if (chosen.local.length > 0) rules.chains.set(`local/${name}`, balance(`local/${name}`, chosen.local, input));

  const internal = policies.isInternalLocal ? chosen.local : chosen.cluster;
  const internalChain = policies.isInternalLocal ? `local/${name}` : `svc/${name}`;
  for (const address of addresses.cluster) {
    if (context.ownAddresses.has(address)) continue;
    direct(rules, { ip: `${address} . ${proto} . ${port.port}` }, internal.length > 0 ? internalChain : undefined, chosen);
  }
  if (isExternal) planExternal({ ...input, name, proto, chosen, outside, nodePort, isLocal: policies.isExternalLocal });
  rememberFlows(input, proto, outside, chosen);
}

interface ExternalInput extends PortInput {
  readonly name: string;
  readonly proto: string;
  readonly chosen: Chosen;
  readonly outside: readonly string[];
  readonly nodePort: number;
  readonly isLocal: boolean;
}

function planExternal(input: ExternalInput): void {
  const { service, port, addresses, context, rules, name, proto, chosen, outside, nodePort, isLocal } = input;
  const hasEndpoints = (isLocal ? chosen.local : chosen.cluster).length > 0 || (isLocal && chosen.cluster.length > 0);
  const chain = `ext/${name}`;
  if (hasEndpoints) rules.chains.set(chain, isLocal ? localOnly(name, chosen, context) : ['jump masquerade-later', `goto svc/${name}`]);
  for (const address of outside) direct(rules, { ip: `${address} . ${proto} . ${port.port}` }, hasEndpoints ? chain : undefined, chosen);
  if (nodePort > 0) direct(rules, { port: `${proto} . ${nodePort}` }, hasEndpoints ? chain : undefined, chosen);
  const ranges = (service.spec.loadBalancerSourceRanges ?? []).map((range) => range.trim()).filter((range) => isOfFamily(range, context.family));
  if (ranges.length === 0) return;
  rules.chains.set(`fw/${name}`, [`${context.family} saddr != ${inline(ranges)} drop`]);
  for (const address of addresses.loadBalancer) put(rules, 'firewall-ips', `${address} . ${proto} . ${port.port}`, `goto fw/${name}`);
}

/** externalTrafficPolicy Local: pods and the node itself reach every endpoint, others those of this node, and keep their address. */
function localOnly(name: string, chosen: Chosen, { family, clusterCidrs }: PlanContext): string[] {
  const rules: string[] = [];
  if (chosen.cluster.length > 0) {
    rules.push(
      `${family} saddr ${inline(clusterCidrs)} goto svc/${name}`,
      'fib saddr type local jump masquerade-later',
      `fib saddr type local goto svc/${name}`,
    );
  }
  rules.push(chosen.local.length > 0 ? `goto local/${name}` : 'drop');
  return rules;
}

/** The address leads to `chain`; without one it is refused, or dropped where endpoints exist that it may not use. */
function direct(rules: OwnedRules, at: { ip: string } | { port: string }, chain: string | undefined, chosen: Chosen): void {
  const verdict = chain ? `goto ${chain}` : chosen.hasAny ? 'drop' : 'goto refuse';
  if ('ip' in at) put(rules, chain ? 'service-ips' : 'no-endpoint-ips', at.ip, verdict);
  else put(rules, chain ? 'node-ports' : 'no-endpoint-ports', at.port, verdict);
}

/** Rules that send a connection to one of the backends, by chance or, with session affinity, to the client's last one. */
function balance(chain: string, backends: readonly Backend[], { service, port, context, rules }: PortInput): string[] {
  const proto = (port.protocol ?? 'TCP').toLowerCase();
  for (const { address, isLocal } of backends) if (isLocal) put(rules, 'hairpin', `${address} . ${address}`, '');
  if (service.spec.sessionAffinity !== 'ClientIP') return [translate(proto, backends, context.family)];
  const seconds = service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800;
  const stick: string[] = [];
  const choices: string[] = [];
  backends.forEach((backend, index) => {
    const id = `${chain}/${backend.address.replaceAll(':', '.')}/${backend.port}`;
    const set = `seen/${id}/${seconds}`;
    rules.affinitySets.set(set, seconds);
    rules.chains.set(`to/${id}`, [`update @${set} { ${context.family} saddr }`, translate(proto, [backend], context.family)]);
    stick.push(`${context.family} saddr @${set} goto to/${id}`);
    choices.push(`${index} : goto to/${id}`);
  });
  return [...stick, `numgen random mod ${backends.length} vmap { ${choices.join(', ')} }`];
}

function translate(proto: string, backends: readonly Backend[], family: Family): string {
  const [only] = backends;
  if (backends.length === 1 && only) return `meta l4proto ${proto} dnat to ${family === 'ip6' ? `[${only.address}]` : only.address}:${only.port}`;
  const choices = backends.map(({ address, port }, index) => `${index} : ${address} . ${port}`);
  return `meta l4proto ${proto} dnat ${family} to numgen random mod ${backends.length} map { ${choices.join(', ')} }`;
}

function rememberFlows({ port, addresses, rules }: PortInput, proto: string, outside: readonly string[], chosen: Chosen): void {
  if (proto !== 'udp') return;
  const endpoints = new Set([...chosen.cluster, ...chosen.local].map(({ address }) => address));
  for (const address of [...addresses.cluster, ...outside]) rules.udpFlows.set(`${address}:${port.port}`, endpoints);
  if (port.nodePort) rules.udpFlows.set(`:${port.nodePort}`, endpoints);
}

function put(rules: OwnedRules, map: MapName, key: string, value: string): void {
  const elements = rules.elements as Map<MapName, Map<string, string>>;
  const known = elements.get(map);
  if (known) known.set(key, value);
  else elements.set(map, new Map([[key, value]]));
}

function isOfFamily(address: string, family: Family): boolean {
  return address !== '' && address.includes(':') === (family === 'ip6');
}

/** `a`, or `{ a, b }`. */
function inline(networks: readonly string[]): string {
  return networks.length === 1 ? (networks[0] ?? '') : `{ ${networks.join(', ')} }`;
}
