/**
 * The cluster's zone: from a question and what exists to an answer. Pure.
 * Follows the Kubernetes DNS specification 1.1.0 and what CoreDNS' kubernetes and hosts plugins answer where that leaves a choice.
 */
import { type Answer, RCODE, type ResourceRecord, TYPE } from './wire.ts';

/** A Service as DNS sees it. */
export interface NamedService {
  readonly namespace: string;
  readonly name: string;
  /** Empty for headless ones. */
  readonly clusterIps: readonly string[];
  readonly externalName?: string | undefined;
  readonly ports: readonly NamedPort[];
}
export interface NamedPort {
  readonly name: string;
  /** Lower case. */
  readonly protocol: string;
  readonly port: number;
}
/** A ready address behind a headless Service. */
export interface NamedEndpoint {
  readonly address: string;
  /** As its Pod asks for it; absent: the address with dashes names it. */
  readonly hostname?: string | undefined;
  readonly ports: readonly NamedPort[];
}

/** What exists now. All names are in lower case. */
export interface ClusterView {
  service(namespace: string, name: string): NamedService | undefined;
  endpoints(namespace: string, name: string): readonly NamedEndpoint[];
  hasNamespace(namespace: string): boolean;
  serviceAt(address: string): NamedService | undefined;
  /** Services with the endpoints of that address. */
  endpointsAt(address: string): readonly { readonly service: NamedService; readonly endpoint: NamedEndpoint }[];
  /** Addresses of a node. */
  nodeAddresses(name: string): readonly string[];
  nodeAt(address: string): string | undefined;
  /** Grows with every change. */
  readonly serial: number;
}

export interface Zone {
  /** `cluster.local`. */
  readonly domain: string;
  readonly view: ClusterView;
}

/** What the zone says: an answer, that it does not know (ask upstream), or a CNAME whose target upstream knows. */
export type ZoneAnswer =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'alias'; readonly record: ResourceRecord; readonly target: string };

const TTL = 5;
const NODE_TTL = 60;
const MAX_ALIASES = 8;

/** Answers a question (type as a number, class IN). */
export function answerOf(question: { readonly name: string; readonly type: number }, zone: Zone): ZoneAnswer {
  const name = question.name.toLowerCase();
  const node = answerForNode(question, name, zone.view);
  if (node) return node;
  const reverse = addressOfReverse(name);
  if (reverse !== undefined) return answerReverse(question, reverse, zone);
  const { domain } = zone;
  if (name !== domain && !name.endsWith(`.${domain}`)) return { kind: 'foreign' };
  return answerInZone(question, name, zone);
}

interface Found {
  /** Addresses the name has, with the ports that SRV shows. */
  readonly targets: readonly Target[];
}
interface Target {
  readonly addresses: readonly string[];
  /** What SRV records point to. */
  readonly host: string;
  readonly ports: readonly NamedPort[];
}
type Lookup = Found | { readonly alias: string } | 'empty' | 'unknown';

function answerInZone(question: { readonly name: string; readonly type: number }, name: string, zone: Zone): ZoneAnswer {
  const { domain } = zone;
  const own = { name: question.name, ttl: TTL };
  if (name === domain && question.type === TYPE.SOA) return records([soa(zone)]);
  if (name === domain && question.type === TYPE.NS) return records([{ ...own, type: 'NS', target: `ns.dns.${domain}` }]);
  if (name === `dns-version.${domain}`) return question.type === TYPE.TXT ? records([{ ...own, type: 'TXT', text: '1.1.0' }]) : nothing(RCODE.noError, zone);
  const found = lookUp(name === domain ? [] : name.slice(0, -domain.length - 1).split('.'), zone);
  if (found === 'unknown') return nothing(RCODE.nxDomain, zone);
  if (found === 'empty') return nothing(RCODE.noError, zone);
  if ('alias' in found) return answerAlias(question, found.alias, zone);
  const answers = recordsOf(question, found.targets);
  if (answers.length === 0) return nothing(RCODE.noError, zone);
  const additional = question.type === TYPE.SRV ? found.targets.flatMap(({ addresses, host }) => addresses.map((address) => addressRecord(host, address))) : [];
  return { kind: 'answer', answer: { rcode: RCODE.noError, isAuthoritative: true, answers, additional: uniqueRecords(additional) } };
}

/** What the labels before the zone's own name stand for. */
function lookUp(labels: readonly string[], zone: Zone): Lookup {
  const [kind, namespace, ...rest] = [...labels].reverse();
  if (kind === undefined) return 'empty';
  if (kind === 'dns' && (namespace === undefined || (namespace === 'ns' && rest.length === 0))) return 'empty';
  if (kind !== 'svc' && kind !== 'pod') return 'unknown';
  if (namespace === undefined) return 'empty';
  if (!zone.view.hasNamespace(namespace)) return 'unknown';
  if (rest.length === 0) return 'empty';
  return kind === 'pod' ? lookUpPod(rest) : lookUpService(namespace, rest, zone);
}

/** `10-42-0-5` names 10.42.0.5 whether or not there is such a Pod, as k3s' CoreDNS is set up. */
function lookUpPod(rest: readonly string[]): Lookup {
  const [label = ''] = rest;
  if (rest.length !== 1) return 'unknown';
  const address = /^\d+(-\d+){3}$/.test(label) ? label.replaceAll('-', '.') : label.replaceAll('-', ':');
  return isAddress(address) ? { targets: [{ addresses: [address], host: label, ports: [] }] } : 'unknown';
}

/** `svc`, `endpoint.svc`, `_port._protocol.svc`: labels from right to left. */
function lookUpService(namespace: string, [name = '', ...before]: readonly string[], { domain, view }: Zone): Lookup {
  const service = view.service(namespace, name);
  if (!service || before.length > 2) return 'unknown';
  if (service.externalName !== undefined) return before.length === 0 ? { alias: service.externalName } : 'unknown';
  const host = `${name}.${namespace}.svc.${domain}`;
  const isPortQuery = before.length === 2;
  const [protocol = '', portName = ''] = isPortQuery ? before.map((label) => label.replace(/^_/, '')) : [];
  const match = (ports: readonly NamedPort[]) => (isPortQuery ? ports.filter((port) => port.name === portName && port.protocol === protocol) : ports);
  const endpointName = before.length === 1 ? before[0] : undefined;
  if (service.clusterIps.length > 0 && endpointName === undefined) {
    const ports = match(service.ports);
    return isPortQuery && ports.length === 0 ? 'unknown' : { targets: [{ addresses: service.clusterIps, host, ports }] };
  }
  const targets: Target[] = [];
  for (const endpoint of view.endpoints(namespace, name)) {
    const label = labelOf(endpoint);
    const ports = match(endpoint.ports);
    if ((endpointName !== undefined && label !== endpointName) || (isPortQuery && ports.length === 0)) continue;
    targets.push({ addresses: [endpoint.address], host: `${label}.${host}`, ports });
  }
  return targets.length > 0 ? { targets } : 'unknown';
}

function labelOf(endpoint: NamedEndpoint): string {
  return endpoint.hostname || endpoint.address.replaceAll(/[.:]/g, '-');
}

function recordsOf(question: { readonly name: string; readonly type: number }, targets: readonly Target[]): ResourceRecord[] {
  if (question.type === TYPE.SRV) return serviceRecords(question.name, targets);
  if (question.type !== TYPE.A && question.type !== TYPE.AAAA) return [];
  const isIpv6 = question.type === TYPE.AAAA;
  const addresses = new Set(targets.flatMap((target) => target.addresses.filter((address) => address.includes(':') === isIpv6)));
  return [...addresses].map((address) => addressRecord(question.name, address));
}

/** All targets of a port share its weight of 100, at least 1 each. */
function serviceRecords(name: string, targets: readonly Target[]): ResourceRecord[] {
  const all = targets.flatMap(({ host, ports }) => ports.map(({ port }) => ({ host, port })));
  const weight = Math.max(1, Math.floor(100 / Math.max(1, all.length)));
  return uniqueRecords(all.map(({ host, port }) => ({ name, ttl: TTL, type: 'SRV', priority: 0, weight, port, target: host })));
}

function answerAlias(question: { readonly name: string; readonly type: number }, alias: string, zone: Zone): ZoneAnswer {
  const chain: ResourceRecord[] = [{ name: question.name, ttl: TTL, type: 'CNAME', target: alias }];
  let target = alias.replace(/\.$/, '');
  for (let count = 0; count < MAX_ALIASES && question.type !== TYPE.CNAME; count++) {
    const next = answerOf({ name: target, type: question.type }, zone);
    if (next.kind === 'foreign') return { kind: 'alias', record: chain[0] as ResourceRecord, target };
    if (next.kind === 'alias') return next;
    chain.push(...next.answer.answers);
    const last = next.answer.answers.at(-1);
    if (last?.type !== 'CNAME') break;
    target = last.target;
  }
  return records(chain);
}

function answerForNode(question: { readonly name: string; readonly type: number }, name: string, view: ClusterView): ZoneAnswer | undefined {
  const addresses = view.nodeAddresses(name);
  if (addresses.length === 0) return undefined;
  const isIpv6 = question.type === TYPE.AAAA;
  const wanted = question.type === TYPE.A || isIpv6 ? addresses.filter((address) => address.includes(':') === isIpv6) : [];
  return records(wanted.map((address) => ({ ...addressRecord(question.name, address), ttl: NODE_TTL })));
}

function answerReverse(question: { readonly name: string; readonly type: number }, address: string, { domain, view }: Zone): ZoneAnswer {
  const own = { name: question.name, ttl: TTL, type: 'PTR' } as const;
  const service = view.serviceAt(address);
  const nodeName = view.nodeAt(address);
  const targets = nodeName
    ? [nodeName]
    : service
      ? [`${service.name}.${service.namespace}.svc.${domain}`]
      : view.endpointsAt(address).map(({ service: of, endpoint }) => `${labelOf(endpoint)}.${of.name}.${of.namespace}.svc.${domain}`);
  if (targets.length === 0) return { kind: 'foreign' };
  return records(question.type === TYPE.PTR ? targets.map((target) => ({ ...own, target })) : []);
}

/** `5.0.42.10.in-addr.arpa` → `10.42.0.5`; undefined: not a whole reverse name. */
export function addressOfReverse(name: string): string | undefined {
  const v4 = /^((?:\d{1,3}\.){4})in-addr\.arpa$/.exec(name);
  if (v4) return v4[1]?.split('.').slice(0, 4).reverse().join('.');
  const v6 = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name);
  if (!v6) return undefined;
  const digits = (v6[1] ?? '').replaceAll('.', '').split('').reverse().join('');
  return canonicalIpv6(digits.match(/.{4}/g)?.join(':') ?? '');
}

/** An address in the one form that addresses are compared in. */
export function canonicalIpv6(address: string): string {
  if (!address.includes(':')) return address;
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

function isAddress(address: string): boolean {
  if (!address.includes(':')) return /^\d+(\.\d+){3}$/.test(address) && address.split('.').every((part) => Number(part) < 256);
  return URL.canParse(`http://[${address}]`);
}

function addressRecord(name: string, address: string): ResourceRecord {
  return { name, ttl: TTL, type: address.includes(':') ? 'AAAA' : 'A', address };
}
function soa({ domain, view }: Zone): ResourceRecord {
  return { name: domain, ttl: TTL, type: 'SOA', primary: `ns.dns.${domain}`, mailbox: `hostmaster.${domain}`, serial: view.serial, minimum: TTL };
}
function records(answers: readonly ResourceRecord[]): ZoneAnswer {
  return { kind: 'answer', answer: { rcode: RCODE.noError, isAuthoritative: true, answers } };
}
function nothing(rcode: number, zone: Zone): ZoneAnswer {
  return { kind: 'answer', answer: { rcode, isAuthoritative: true, answers: [], authority: [soa(zone)] } };
}
function uniqueRecords(list: readonly ResourceRecord[]): ResourceRecord[] {
  return [...new Map(list.map((record) => [JSON.stringify(record), record])).values()];
}
