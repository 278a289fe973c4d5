import type { Endpoints, EndpointAddress, EndpointPort } from '#api/types/core-v1';
import { child, type FieldError, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { ipWarnings, parseIp, validateLegacyIp } from '../../machinery/ip-address.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { isDns1123Label, isDns1123Subdomain, isPortNumber, isQualifiedName } from '../../machinery/names.ts';
import { invalidEach } from './pod/checks.ts';
import { validateNonSpecialIp } from './service/validation.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

/** What is wrong with Endpoints; addresses that the stored ones have already stay. */
export function validateEndpoints({ subsets }: Endpoints, old?: Endpoints): FieldError[] {
  const known = [...addressesOf(old)].map(({ ip }) => ip);
  return (subsets ?? []).flatMap(({ addresses, notReadyAddresses, ports }, i) => {
    const at = index('subsets', i);
    const errors: FieldError[] = [];
    if (!addresses?.length && !notReadyAddresses?.length) errors.push(required(at, 'must specify `addresses` or `notReadyAddresses`'));
    for (const [field, list] of [
      ['addresses', addresses],
      ['notReadyAddresses', notReadyAddresses],
    ] as const) {
      for (const [j, address] of (list ?? []).entries()) errors.push(...addressErrors(address, index(child(at, field), j), known));
    }
    for (const [j, port] of (ports ?? []).entries()) errors.push(...portErrors(port, (ports?.length ?? 0) > 1, index(child(at, 'ports'), j)));
    return errors;
  });
}

function* addressesOf(object: Endpoints | undefined): Generator<{ readonly ip: string; readonly path: string }, void, void> {
  for (const [i, subset] of (object?.subsets ?? []).entries())
    for (const field of ['addresses', 'notReadyAddresses'] as const)
      for (const [j, { ip }] of (subset[field] ?? []).entries()) yield { ip, path: child(index(child(index('subsets', i), field), j), 'ip') };
}

/** What the author of Endpoints is told of addresses that are written unusually. */
export function endpointsWarnings(object: Endpoints, old: Endpoints | undefined): string[] {
  if (old && jsonEqual((object.subsets ?? null) as JsonValue, (old.subsets ?? null) as JsonValue)) return [];
  return [...addressesOf(object)].flatMap(({ ip, path }) => ipWarnings(path, ip));
}

function addressErrors({ ip, hostname, nodeName }: EndpointAddress, path: string, known: readonly string[]): FieldError[] {
  const at = child(path, 'ip');
  const errors = validateLegacyIp(at, ip, known);
  if (hostname) errors.push(...invalidEach(child(path, 'hostname'), hostname, isDns1123Label(hostname)));
  if (nodeName !== undefined) errors.push(...invalidEach(child(path, 'nodeName'), nodeName, isDns1123Subdomain(nodeName)));
  return [...errors, ...(parseIp(ip) ? validateNonSpecialIp(ip, at) : [invalid(at, ip, 'must be a valid IP address')])];
}

function portErrors({ name, port, protocol, appProtocol }: EndpointPort, needsName: boolean, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (needsName && !name) errors.push(required(child(path, 'name')));
  else if (name) errors.push(...invalidEach(child(path, 'name'), name, isDns1123Label(name)));
  errors.push(...invalidEach(child(path, 'port'), port, isPortNumber(port)));
  if (!protocol) errors.push(required(child(path, 'protocol')));
  else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(child(path, 'protocol'), protocol, PROTOCOLS));
  if (appProtocol !== undefined) errors.push(...invalidEach(child(path, 'appProtocol'), appProtocol, isQualifiedName(appProtocol)));
  return errors;
}
