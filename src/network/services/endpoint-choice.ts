/**
 * Which endpoints serve a service port on this node: pure.
 * Follows k8s.io/kubernetes pkg/proxy/topology.go (CategorizeEndpoints).
 */
import type { ServicePort } from '#api/types/core-v1';
import type { Endpoint, EndpointSlice } from '#api/types/discovery-v1';

/** One address and port behind a service port. */
export interface Backend {
  readonly address: string;
  readonly port: number;
  readonly isLocal: boolean;
  readonly isReady: boolean;
  readonly isServing: boolean;
  readonly isTerminating: boolean;
  readonly zones: readonly string[];
  readonly nodes: readonly string[];
}
export interface Policies {
  readonly isInternalLocal: boolean;
  readonly isExternalLocal: boolean;
  /** Has a node port, external addresses or load balancer addresses. */
  readonly isExternal: boolean;
}
export interface Chosen {
  /** For policy Cluster. */
  readonly cluster: readonly Backend[];
  /** For policy Local. */
  readonly local: readonly Backend[];
  /** Something, somewhere, could answer: traffic that may not go there is dropped and not rejected. */
  readonly hasAny: boolean;
}
export interface Place {
  readonly nodeName: string;
  readonly zone?: string | undefined;
}

/** The backends of one service port in all its slices, without duplicates (a ready one wins), in a stable order. */
export function backendsOf(port: ServicePort, slices: Iterable<EndpointSlice>, isIpv6: boolean, nodeName: string): Backend[] {
  const byKey = new Map<string, Backend>();
  const addressType = isIpv6 ? 'IPv6' : 'IPv4';
  for (const slice of slices) {
    if (slice.addressType !== addressType) continue;
    for (const slicePort of slice.ports ?? []) {
      if ((slicePort.name ?? '') !== (port.name ?? '') || (slicePort.protocol ?? 'TCP') !== (port.protocol ?? 'TCP')) continue;
      if (!slicePort.port) continue;
      for (const endpoint of slice.endpoints ?? []) {
        const backend = backendOf(endpoint, slicePort.port, nodeName);
        if (!backend) continue;
        const key = `${backend.address} ${backend.port}`;
        const known = byKey.get(key);
        if (!known || (!known.isReady && backend.isReady)) byKey.set(key, backend);
      }
    }
  }
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, backend]) => backend);
}

function backendOf(endpoint: Endpoint, port: number, nodeName: string): Backend | undefined {
  const address = endpoint.addresses[0];
  if (!address) return undefined;
  const isReady = endpoint.conditions?.ready ?? true;
  return {
    address,
    port,
    isLocal: endpoint.nodeName === nodeName,
    isReady,
    isServing: endpoint.conditions?.serving ?? isReady,
    isTerminating: endpoint.conditions?.terminating ?? false,
    zones: endpoint.hints?.forZones?.map((zone) => zone.name) ?? [],
    nodes: endpoint.hints?.forNodes?.map((node) => node.name) ?? [],
  };
}

/** Ready endpoints; where there are none, terminating ones that still serve. */
export function chooseBackends(backends: readonly Backend[], policies: Policies, place: Place): Chosen {
  const usesCluster = !policies.isInternalLocal || policies.isExternal;
  const usesLocal = policies.isInternalLocal || (policies.isExternalLocal && policies.isExternal);
  const ready = backends.filter((backend) => backend.isReady);
  const draining = backends.filter((backend) => !backend.isReady && backend.isServing && backend.isTerminating);
  const near = nearest(ready, place);
  const cluster = usesCluster ? (near.length > 0 ? near : draining) : [];
  const localReady = ready.filter((backend) => backend.isLocal);
  const local = usesLocal ? (localReady.length > 0 ? localReady : draining.filter((backend) => backend.isLocal)) : [];
  return { cluster, local, hasAny: cluster.length > 0 || (usesLocal && ready.length + draining.length > 0) };
}

/** Hints count only when every endpoint has them and one is for here: first those for nodes, then those for zones. */
function nearest(ready: readonly Backend[], place: Place): readonly Backend[] {
  if (ready.length === 0) return ready;
  if (ready.every((backend) => backend.nodes.length > 0)) {
    const here = ready.filter((backend) => backend.nodes.includes(place.nodeName));
    if (here.length > 0) return here;
  }
  const { zone } = place;
  if (zone && ready.every((backend) => backend.zones.length > 0)) {
    const here = ready.filter((backend) => backend.zones.includes(zone));
    if (here.length > 0) return here;
  }
  return ready;
}
