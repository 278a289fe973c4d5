import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints, Pod, Service } from '#api/types/core-v1';
import { isPodReady } from '../pod-facts.ts';
import { addressTypeOf, familiesOf, hostnameOf, isEndpoint, isHeadless, podIp, targetPortOf } from '../services/pod-address.ts';
import { TRIGGER_TIME } from '../services/trigger-times.ts';
import { canonicalJson, isEqual } from '../values.ts';

const HEADLESS = 'service.kubernetes.io/headless';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
// What this controller marks is not mirrored.
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const CONTROLLER_NAME = 'endpoint-controller';
const MAX_ADDRESSES = 1000;

/** The Endpoints that a service is to have; undefined when `present` is right already. Follows pkg/controller/endpoint/endpoints_controller.go. */
export function planEndpoints(
  service: Service,
  pods: Iterable<Pod>,
  options: { present: Endpoints | undefined; triggerTime: string | undefined },
): Endpoints | undefined {
  const { present, triggerTime } = options;
  const { subsets, isTruncated } = truncate(packSubsets(entriesOf(service, pods)));
  const labels = labelsOf(service);
  const isSame = present && isEqual(present.subsets, subsets) && isEqual(present.metadata.labels, labels);
  if (isSame && (present.metadata.annotations?.[OVER_CAPACITY] !== undefined) === isTruncated) return undefined;
  const annotations: Record<string, string> = { ...present?.metadata.annotations };
  if (triggerTime !== undefined) annotations[TRIGGER_TIME] = triggerTime;
  else delete annotations[TRIGGER_TIME];
  if (isTruncated) annotations[OVER_CAPACITY] = 'truncated';
  else delete annotations[OVER_CAPACITY];
  const { name, namespace } = service.metadata;
  return { apiVersion: 'v1', kind: 'Endpoints', ...present, metadata: { name, namespace, ...present?.metadata, labels, annotations }, subsets };
}

function labelsOf(service: Service): Record<string, string> {
  const labels = { ...service.metadata.labels };
  delete labels[HEADLESS];
  if (isHeadless(service)) labels[HEADLESS] = '';
  labels[MANAGED_BY] = CONTROLLER_NAME;
  return labels;
}

/** One address at one port, before packing. `port` is undefined for a headless service without ports. */
interface Entry {
  readonly address: EndpointAddress;
  readonly port: EndpointPort | undefined;
  readonly isReady: boolean;
}

function entriesOf(service: Service, pods: Iterable<Pod>): Entry[] {
  const publishesAll = service.spec.publishNotReadyAddresses === true;
  const family = familiesOf(service)[0] ?? 'IPv4';
  const entries: Entry[] = [];
  for (const pod of pods) {
    const ip = podIp(pod, family);
    if (ip === undefined || !isEndpoint(pod, publishesAll)) continue;
    const address = addressOf(service, pod, ip);
    const isReady = publishesAll || isPodReady(pod);
    const ports = service.spec.ports ?? [];
    if (ports.length === 0 && isHeadless(service)) entries.push({ address, port: undefined, isReady });
    for (const servicePort of ports) {
      const number = targetPortOf(pod, servicePort);
      if (number === undefined) continue;
      const port: EndpointPort = { port: number, protocol: servicePort.protocol ?? 'TCP' };
      if (servicePort.name) port.name = servicePort.name;
      if (servicePort.appProtocol !== undefined) port.appProtocol = servicePort.appProtocol;
      entries.push({ address, port, isReady });
    }
  }
  return entries;
}

function addressOf(service: Service, pod: Pod, ip: string): EndpointAddress {
  const { name, namespace, uid } = pod.metadata;
  const address: EndpointAddress = { ip, targetRef: { kind: 'Pod', namespace, name, uid } };
  if (pod.spec?.nodeName) address.nodeName = pod.spec.nodeName;
  const hostname = hostnameOf(pod, service);
  if (hostname) address.hostname = hostname;
  return address;
}

/** Groups entries into as few subsets as possible: ports that have the same addresses share one. Order is canonical, so that equal sets compare equal. */
function packSubsets(entries: readonly Entry[]): EndpointSubset[] {
  const byPort = new Map<string, { port: EndpointPort | undefined; addresses: Map<string, Entry> }>();
  for (const entry of entries) {
    const key = canonicalJson(entry.port);
    const group = byPort.get(key) ?? { port: entry.port, addresses: new Map() };
    group.addresses.set(`${sortKey(entry.address.ip)} ${entry.address.targetRef?.uid ?? ''}`, entry);
    byPort.set(key, group);
  }
  const byAddresses = new Map<string, { ports: EndpointPort[]; entries: Entry[] }>();
  for (const [, { port, addresses }] of [...byPort].sort(byKey)) {
    const sorted = [...addresses].sort(byKey);
    const key = sorted.map(([address, { isReady }]) => `${address} ${isReady}`).join();
    const subset = byAddresses.get(key) ?? { ports: [], entries: sorted.map(([, entry]) => entry) };
    if (port) subset.ports.push(port);
    byAddresses.set(key, subset);
  }
  return [...byAddresses.values()].map(toSubset);
}

function toSubset({ ports, entries }: { ports: EndpointPort[]; entries: Entry[] }): EndpointSubset {
  const subset: EndpointSubset = {};
  const ready = entries.filter((e) => e.isReady).map((e) => e.address);
  const notReady = entries.filter((e) => !e.isReady).map((e) => e.address);
  if (ready.length > 0) subset.addresses = ready;
  if (notReady.length > 0) subset.notReadyAddresses = notReady;
  if (ports.length > 0) subset.ports = ports;
  return subset;
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}
/** Numeric order for IPv4. */
function sortKey(ip: string): string {
  return addressTypeOf(ip) === 'IPv4' ? ip.replaceAll(/\d+/g, (n) => n.padStart(3, '0')) : ip;
}

/** Endpoints hold a thousand addresses at most; ready ones stay first. */
function truncate(subsets: EndpointSubset[]): { subsets: EndpointSubset[]; isTruncated: boolean } {
  const count = (list: readonly unknown[] | undefined): number => list?.length ?? 0;
  const total = subsets.reduce((sum, s) => sum + count(s.addresses) + count(s.notReadyAddresses), 0);
  if (total <= MAX_ADDRESSES) return { subsets, isTruncated: false };
  let readyRoom = MAX_ADDRESSES;
  const withReady = subsets.map((s) => {
    const addresses = s.addresses?.slice(0, readyRoom) ?? [];
    readyRoom -= addresses.length;
    return { ...s, addresses };
  });
  let room = readyRoom;
  const cut = withReady.map((s) => {
    const notReadyAddresses = s.notReadyAddresses?.slice(0, room) ?? [];
    room -= notReadyAddresses.length;
    return { ...s, notReadyAddresses };
  });
  return { subsets: cut.filter((s) => s.addresses.length + s.notReadyAddresses.length > 0), isTruncated: true };
}
