import type { EndpointSlice } from '#api/types/discovery-v1';
import { isIPv4, isIPv6 } from 'node:net';
import { child, duplicate, type FieldError, index, invalid, notSupported, required, tooMany } from '../../machinery/field-error.ts';
import { isDns1123Label, isDns1123Subdomain, isQualifiedName } from '../../machinery/names.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import { invalidEach } from '../../core/v1/pod/checks.ts';
import { validateNonSpecialIp } from '../../core/v1/service/validation.ts';

const TYPES = ['FQDN', 'IPv4', 'IPv6'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;

/** What is wrong with an EndpointSlice. */
export function validateEndpointSlice({ addressType, endpoints, ports }: EndpointSlice): FieldError[] {
  const errors: FieldError[] = [];
  if (!addressType) errors.push(required('addressType'));
  else if (!TYPES.includes(addressType)) errors.push(notSupported('addressType', addressType, TYPES));
  if ((endpoints?.length ?? 0) > MAX_ENDPOINTS) errors.push(tooMany('endpoints', endpoints?.length ?? 0, MAX_ENDPOINTS));
  for (const [i, { addresses, hostname }] of (endpoints ?? []).entries()) {
    const at = index('endpoints', i);
    const list = child(at, 'addresses');
    if (!addresses?.length) errors.push(required(list, 'must contain at least 1 address'));
    else if (addresses.length > MAX_ADDRESSES) errors.push(tooMany(list, addresses.length, MAX_ADDRESSES));
    for (const [j, address] of (addresses ?? []).entries()) errors.push(...addressErrors(address, addressType, index(list, j)));
    if (hostname !== undefined) errors.push(...invalidEach(child(at, 'hostname'), hostname, isDns1123Label(hostname)));
  }
  const names = new Set<string>();
  for (const [i, { name = '', protocol, appProtocol }] of (ports ?? []).entries()) {
    const at = index('ports', i);
    if (name) errors.push(...invalidEach(child(at, 'name'), name, isDns1123Label(name)));
    if (names.has(name)) errors.push(duplicate(child(at, 'name'), name));
    names.add(name);
    if (!protocol) errors.push(required(child(at, 'protocol')));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(child(at, 'protocol'), protocol, PROTOCOLS));
    if (appProtocol) errors.push(...invalidEach(child(at, 'appProtocol'), appProtocol, isQualifiedName(appProtocol)));
  }
  return errors;
}

function addressErrors(address: string, type: string, path: string): FieldError[] {
  if (type === 'IPv4' || type === 'IPv6') {
    const isRight = type === 'IPv4' ? isIPv4(address) : isIPv6(address);
    return isRight ? validateNonSpecialIp(address, path) : [invalid(path, address, `must be a valid ${type} address`)];
  }
  return type === 'FQDN' ? invalidEach(path, address, isDns1123Subdomain(address)) : [];
}

/** A slice keeps its sort of addresses. */
export function validateEndpointSliceUpdate(object: EndpointSlice, old: EndpointSlice): FieldError[] {
  return validateImmutable(object.addressType, old.addressType, 'addressType');
}
