import type { Endpoints, EndpointAddress, EndpointPort } from '#api/types/core-v1';
import { child, type FieldError, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { isDns1123Label, isDns1123Subdomain, isIpAddress, isPortNumber, isQualifiedName } from '../../machinery/names.ts';
import { invalidEach } from './pod/checks.ts';
import { validateNonSpecialIp } from './service/validation.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

/** What is wrong with Endpoints. */
export function validateEndpoints({ subsets }: Endpoints): FieldError[] {
  return (subsets ?? []).flatMap(({ addresses, notReadyAddresses, ports }, i) => {
    const at = index('subsets', i);
    const errors: FieldError[] = [];
    if (!addresses?.length && !notReadyAddresses?.length) errors.push(required(at, 'must specify `addresses` or `notReadyAddresses`'));
    for (const [field, list] of [
      ['addresses', addresses],
      ['notReadyAddresses', notReadyAddresses],
    ] as const) {
      for (const [j, address] of (list ?? []).entries()) errors.push(...addressErrors(address, index(child(at, field), j)));
    }
    for (const [j, port] of (ports ?? []).entries()) errors.push(...portErrors(port, (ports?.length ?? 0) > 1, index(child(at, 'ports'), j)));
    return errors;
  });
}

function addressErrors({ ip, hostname, nodeName }: EndpointAddress, path: string): FieldError[] {
  const at = child(path, 'ip');
  const errors = invalidEach(at, ip, isIpAddress(ip));
  if (hostname) errors.push(...invalidEach(child(path, 'hostname'), hostname, isDns1123Label(hostname)));
  if (nodeName !== undefined) errors.push(...invalidEach(child(path, 'nodeName'), nodeName, isDns1123Subdomain(nodeName)));
  return errors.some(({ field }) => field === at) ? [...errors, invalid(at, ip, 'must be a valid IP address')] : [...errors, ...validateNonSpecialIp(ip, at)];
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
