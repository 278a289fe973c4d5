import { ownerReferenceTo, services } from '#api';
import type { Node, Pod, Service } from '#api/types/core-v1';
import type { Endpoint, EndpointPort, EndpointSlice } from '#api/types/discovery-v1';
import { isPodReady } from '../pod-facts.ts';
import { type AddressType, familiesOf, hostnameOf, isEndpoint, isHeadless, podIp, targetPortOf } from '../services/pod-address.ts';
import { type DesiredGroup, planSlices, type SlicePlan } from '../services/slices.ts';

/** Labels that say which controller keeps a slice, for which service. */
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
export const SERVICE_NAME = 'kubernetes.io/service-name';
const HEADLESS = 'service.kubernetes.io/headless';
/** The value of MANAGED_BY for slices that are made from a selector. */
export const CONTROLLER_NAME = 'endpointslice-controller.k8s.io';
/** The label by which a node tells its zone. */
export const ZONE = 'topology.kubernetes.io/zone';
const PER_SLICE = 100;

/** What a service's slices are made from. `slices` are those that this controller manages. */
export interface ServiceState {
  readonly service: Service;
  readonly pods: Iterable<Pod>;
  readonly slices: readonly EndpointSlice[];
  node(name: string): Node | undefined;
  readonly triggerTime: string | undefined;
}

/** Decides which slices to make, change and remove. Follows staging/src/k8s.io/endpointslice/reconciler.go. */
export function planEndpointSlices(state: ServiceState): SlicePlan {
  const { service } = state;
  const families = familiesOf(service);
  const groups = families.flatMap((family) => desiredGroups(state, family));
  return planSlices(groups, state.slices, {
    perSlice: PER_SLICE,
    labels: sliceLabels(service),
    annotations: {},
    triggerTime: state.triggerTime,
    owner: ownerReferenceTo(service, services),
    namespace: service.metadata.namespace ?? '',
    namePrefix: service.metadata.name ?? '',
    // One empty slice says that the service is known and has nobody behind it.
    placeholders: families,
  });
}

function desiredGroups(state: ServiceState, addressType: AddressType): DesiredGroup[] {
  const groups = new Map<string, DesiredGroup>();
  for (const pod of state.pods) {
    const address = podIp(pod, addressType);
    if (address === undefined || !isEndpoint(pod, true)) continue;
    const ports = endpointPorts(state.service, pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { addressType, ports, endpoints: [] };
    group.endpoints.push(toEndpoint(state, pod, address));
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Ports that the Pod does not have are left out. A headless service may have none at all. */
function endpointPorts(service: Service, pod: Pod): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of service.spec.ports ?? []) {
    const number = targetPortOf(pod, port);
    if (number === undefined) continue;
    const entry: EndpointPort = { name: port.name ?? '', protocol: port.protocol ?? 'TCP', port: number };
    if (port.appProtocol !== undefined) entry.appProtocol = port.appProtocol;
    ports.push(entry);
  }
  return ports;
}

function toEndpoint(state: ServiceState, pod: Pod, address: string): Endpoint {
  const { service } = state;
  const { name, namespace, uid, deletionTimestamp } = pod.metadata;
  const serving = isPodReady(pod);
  const terminating = deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const endpoint: Endpoint = { addresses: [address], conditions: { ready, serving, terminating }, targetRef: { kind: 'Pod', namespace, name, uid } };
  const nodeName = pod.spec?.nodeName;
  if (nodeName) endpoint.nodeName = nodeName;
  const zone = nodeName ? state.node(nodeName)?.metadata.labels?.[ZONE] : undefined;
  if (zone) endpoint.zone = zone;
  const hostname = hostnameOf(pod, service);
  if (hostname) endpoint.hostname = hostname;
  addHints(endpoint, service.spec.trafficDistribution);
  return endpoint;
}

/** `trafficDistribution` keeps traffic near: each ready endpoint is meant for its own zone, or node. */
function addHints(endpoint: Endpoint, distribution: string | undefined): void {
  if (!distribution || endpoint.conditions?.ready !== true) return;
  const isKnown = ['PreferClose', 'PreferSameZone', 'PreferSameNode'].includes(distribution);
  if (!isKnown) return;
  if (endpoint.zone) endpoint.hints = { forZones: [{ name: endpoint.zone }] };
  if (distribution === 'PreferSameNode' && endpoint.nodeName) endpoint.hints = { ...endpoint.hints, forNodes: [{ name: endpoint.nodeName }] };
}

function sliceLabels(service: Service): Record<string, string> {
  const labels = { ...service.metadata.labels };
  delete labels[HEADLESS];
  if (isHeadless(service)) labels[HEADLESS] = '';
  labels[SERVICE_NAME] = service.metadata.name ?? '';
  labels[MANAGED_BY] = CONTROLLER_NAME;
  return labels;
}
