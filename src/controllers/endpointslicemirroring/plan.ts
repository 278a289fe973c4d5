import { endpoints as endpointsType, ownerReferenceTo } from '#api';
import type { EndpointAddress, EndpointPort as CorePort, Endpoints, Service } from '#api/types/core-v1';
import type { Endpoint, EndpointPort, EndpointSlice } from '#api/types/discovery-v1';
import { type AddressType, addressTypeOf } from '../services/pod-address.ts';
import { type DesiredGroup, planSlices, type SlicePlan } from '../services/slices.ts';
import { TRIGGER_TIME } from '../services/trigger-times.ts';

/** Marks the slices that are made from Endpoints. */
export const CONTROLLER_NAME = 'endpointslicemirroring-controller.k8s.io';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const SERVICE_NAME = 'kubernetes.io/service-name';
const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const ENDPOINTS_MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
// Upstream mirrors so many addresses of a subset at most, a hundred in a slice.
const MAX_PER_SUBSET = 1000;
const PER_SLICE = 100;

/** Whether these Endpoints are someone's own: not asked to be left alone, not a leader record, not made from a selector. */
export function isMirrored(endpoints: Endpoints, service: Service | undefined): boolean {
  const { labels = {}, annotations = {} } = endpoints.metadata;
  if (labels[SKIP_MIRROR] === 'true' || labels[ENDPOINTS_MANAGED_BY] === 'endpoint-controller' || annotations[LEADER] !== undefined) return false;
  return service !== undefined && Object.keys(service.spec.selector ?? {}).length === 0;
}

/** The slices that say what the Endpoints say. Follows pkg/controller/endpointslicemirroring/reconciler.go. */
export function planMirror(endpoints: Endpoints, slices: readonly EndpointSlice[]): SlicePlan {
  const { name = '', namespace = '', labels, annotations } = endpoints.metadata;
  const { [TRIGGER_TIME]: triggerTime, [LAST_APPLIED]: _, ...kept } = annotations ?? {};
  return planSlices(groupsOf(endpoints), slices, {
    perSlice: PER_SLICE,
    labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: CONTROLLER_NAME },
    annotations: kept,
    triggerTime,
    owner: ownerReferenceTo(endpoints, endpointsType),
    namespace,
    namePrefix: name,
    placeholders: [],
  });
}

/** Subsets with the same ports share slices. */
function groupsOf(endpoints: Endpoints): DesiredGroup[] {
  const groups = new Map<string, DesiredGroup>();
  for (const subset of endpoints.subsets ?? []) {
    const ports = (subset.ports ?? []).map(toPort);
    const ready = (subset.addresses ?? []).map((address) => toEndpoint(address, true));
    const notReady = (subset.notReadyAddresses ?? []).map((address) => toEndpoint(address, false));
    for (const endpoint of [...ready, ...notReady].slice(0, MAX_PER_SUBSET)) {
      const addressType: AddressType = addressTypeOf(endpoint.addresses[0] ?? '');
      const key = `${addressType} ${JSON.stringify(ports)}`;
      const group = groups.get(key) ?? { addressType, ports, endpoints: [] };
      group.endpoints.push(endpoint);
      groups.set(key, group);
    }
  }
  return [...groups.values()];
}

function toPort({ name = '', port, protocol = 'TCP', appProtocol }: CorePort): EndpointPort {
  const mirrored: EndpointPort = { name, port, protocol };
  if (appProtocol !== undefined) mirrored.appProtocol = appProtocol;
  return mirrored;
}
function toEndpoint({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  const endpoint: Endpoint = { addresses: [ip], conditions: { ready } };
  if (hostname) endpoint.hostname = hostname;
  if (nodeName) endpoint.nodeName = nodeName;
  if (targetRef) endpoint.targetRef = targetRef;
  return endpoint;
}
