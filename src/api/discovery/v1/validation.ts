import type { Endpoint, EndpointHints, EndpointPort, EndpointSlice } from '#api/types/discovery-v1';
import { child, duplicate, type FieldError, index, invalid, notSupported, required, tooMany } from '../../machinery/field-error.ts';
import { ipWarnings, parseIp, validateLegacyIp } from '../../machinery/ip-address.ts';
import { isDns1123Label, isDns1123Subdomain, isLabelValue, isQualifiedName } from '../../machinery/names.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import { validateLabels } from '../../machinery/selector.ts';
import { invalidEach } from '../../core/v1/pod/checks.ts';
import { validateNonSpecialIp } from '../../core/v1/service/validation.ts';

const TYPES = ['FQDN', 'IPv4', 'IPv6'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
const MAX_TOPOLOGY_LABELS = 16;
const MAX_HINTS = 8;

/** What is wrong with an EndpointSlice; `known` are addresses that were let in before. Follows pkg/apis/discovery/validation. */
export function validateEndpointSlice({ addressType, endpoints, ports }: EndpointSlice, known: ReadonlySet<string> = new Set()): FieldError[] {
  const errors: FieldError[] = [];
  if (!addressType) errors.push(required('addressType'));
  else if (!TYPES.includes(addressType)) errors.push(notSupported('addressType', addressType, TYPES));
  const count = endpoints?.length ?? 0;
  if (count > MAX_ENDPOINTS) errors.push(tooMany('endpoints', count, MAX_ENDPOINTS));
  else errors.push(...(endpoints ?? []).flatMap((endpoint, i) => validateEndpoint(endpoint, { type: addressType, known }, index('endpoints', i))));
  return [...errors, ...validatePorts(ports ?? [])];
}

/** What is wrong with an EndpointSlice that replaces `old`: it keeps its sort of addresses. */
export function validateEndpointSliceUpdate(object: EndpointSlice, old: EndpointSlice): FieldError[] {
  const known = new Set((old.endpoints ?? []).flatMap(({ addresses }) => addresses ?? []));
  return [...validateEndpointSlice(object, known), ...validateImmutable(object.addressType, old.addressType, 'addressType')];
}

/** Warnings about addresses that are written unusually. */
export function endpointSliceWarnings({ addressType, endpoints }: EndpointSlice): string[] {
  if (addressType !== 'IPv4' && addressType !== 'IPv6') return [];
  return (endpoints ?? []).flatMap(({ addresses }, i) =>
    (addresses ?? []).flatMap((address, j) => ipWarnings(index(child(index('endpoints', i), 'addresses'), j), address)),
  );
}

interface Addresses {
  readonly type: string;
  readonly known: ReadonlySet<string>;
}
function validateEndpoint(endpoint: Endpoint, addresses: Addresses, path: string): FieldError[] {
  const { nodeName, hostname, hints, deprecatedTopology: topology } = endpoint;
  const list = child(path, 'addresses');
  const count = endpoint.addresses?.length ?? 0;
  const errors: FieldError[] = [];
  if (count === 0) errors.push(required(list, 'must contain at least 1 address'));
  else if (count > MAX_ADDRESSES) errors.push(tooMany(list, count, MAX_ADDRESSES));
  errors.push(...(endpoint.addresses ?? []).flatMap((address, i) => validateAddress(address, addresses, index(list, i))));
  if (nodeName !== undefined) errors.push(...invalidEach(child(path, 'nodeName'), nodeName, isDns1123Subdomain(nodeName)));
  const labels = Object.keys(topology ?? {}).length;
  if (labels > MAX_TOPOLOGY_LABELS) errors.push(tooMany(child(path, 'deprecatedTopology'), labels, MAX_TOPOLOGY_LABELS));
  errors.push(...validateLabels(topology, child(path, 'deprecatedTopology')));
  if (hostname !== undefined) errors.push(...invalidEach(child(path, 'hostname'), hostname, isDns1123Label(hostname)));
  return hints ? [...errors, ...validateHints(hints, child(path, 'hints'))] : errors;
}

function validateAddress(address: string, { type, known }: Addresses, path: string): FieldError[] {
  if (type === 'FQDN') return validateDomainName(address, path);
  if (type !== 'IPv4' && type !== 'IPv6') return [];
  const errors = known.has(address) ? [] : validateLegacyIp(path, address);
  if (errors.length) return errors;
  const family = parseIp(address)?.family;
  if (family !== (type === 'IPv4' ? 4 : 6)) errors.push(invalid(path, address, `must be an ${type} address`));
  return [...errors, ...validateNonSpecialIp(address, path)];
}

function validateDomainName(name: string, path: string): FieldError[] {
  if (!name) return [required(path)];
  const bare = name.endsWith('.') ? name.slice(0, -1) : name;
  const messages = isDns1123Subdomain(bare);
  if (messages.length) return [invalid(path, bare, messages.join(','))];
  if (!bare.includes('.')) return [invalid(path, bare, 'should be a domain with at least two segments separated by dots')];
  const wrong = bare.split('.').find((label) => isDns1123Label(label).length > 0);
  return wrong === undefined ? [] : [invalid(path, wrong, isDns1123Label(wrong).join(','))];
}

function validateHints({ forZones, forNodes }: EndpointHints, path: string): FieldError[] {
  return [
    ...validateNames(forZones ?? [], isLabelValue, child(path, 'forZones')),
    ...validateNames(forNodes ?? [], isDns1123Subdomain, child(path, 'forNodes')),
  ];
}

function validateNames(list: readonly { name: string }[], rule: (name: string) => string[], path: string): FieldError[] {
  if (list.length > MAX_HINTS) return [tooMany(path, list.length, MAX_HINTS)];
  return list.flatMap(({ name }, i) => {
    const at = child(index(path, i), 'name');
    const isRepeated = list.findIndex((other) => other.name === name) < i;
    return [...(isRepeated ? [duplicate(at, name)] : []), ...invalidEach(at, name, rule(name))];
  });
}

function validatePorts(ports: readonly EndpointPort[]): FieldError[] {
  if (ports.length > MAX_PORTS) return [tooMany('ports', ports.length, MAX_PORTS)];
  const names = new Set<string>();
  return ports.flatMap(({ name = '', protocol, appProtocol }, i) => {
    const at = index('ports', i);
    const errors: FieldError[] = [];
    if (name) errors.push(...invalidEach(child(at, 'name'), name, isDns1123Label(name)));
    if (names.has(name)) errors.push(duplicate(child(at, 'name'), name));
    names.add(name);
    if (protocol === undefined) errors.push(required(child(at, 'protocol')));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(child(at, 'protocol'), protocol, PROTOCOLS));
    if (appProtocol !== undefined) errors.push(...invalidEach(child(at, 'appProtocol'), appProtocol, isQualifiedName(appProtocol)));
    return errors;
  });
}
