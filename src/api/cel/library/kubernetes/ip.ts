import type { CelLibrary } from '../../environment.ts';
import { fail } from '../../errors.ts';
import { type CelFunction, celFunction, member, overload } from '../../functions.ts';
import { boolType, type CelType, intType, opaque, stringType } from '../../types.ts';
import { CelBoxed, type CelValue } from '../../values.ts';
import { formatAddress, maskAddress, parseAddress, parsePrefix, sameAddress } from './addresses.ts';
import type { AddressBytes } from './netip.ts';

const IP_TYPE = opaque('net.IP');
const CIDR_TYPE = opaque('net.CIDR');

/** An IP address. */
export class CelIp extends CelBoxed {
  readonly bytes: AddressBytes;

  constructor(bytes: AddressBytes) {
    super();
    this.bytes = bytes;
  }

  get type(): CelType {
    return IP_TYPE;
  }

  override get size(): number {
    return this.bytes.length;
  }

  equals(other: CelValue): boolean {
    return other instanceof CelIp && sameAddress(other.bytes, this.bytes);
  }
}

/** An address and the length of its network's prefix. */
export class CelCidr extends CelBoxed {
  readonly bytes: AddressBytes;
  readonly bits: number;

  constructor(bytes: AddressBytes, bits: number) {
    super();
    this.bytes = bytes;
    this.bits = bits;
  }

  get type(): CelType {
    return CIDR_TYPE;
  }

  override get size(): number {
    return Math.ceil(this.bits / 8);
  }

  equals(other: CelValue): boolean {
    return other instanceof CelCidr && other.bits === this.bits && sameAddress(other.bytes, this.bytes);
  }
}

function ipOf(text: string): CelIp {
  const parsed = parseAddress(text);
  return 'fault' in parsed ? fail(parsed.fault) : new CelIp(parsed.bytes);
}

function cidrOf(text: string): CelCidr {
  const parsed = parsePrefix(text);
  return 'fault' in parsed ? fail(`network address parse error during conversion from string: ${parsed.fault}`) : new CelCidr(parsed.bytes, parsed.bits);
}

function containsIp(cidr: CelCidr, ip: CelIp): boolean {
  return sameAddress(maskAddress(cidr.bytes, cidr.bits), maskAddress(ip.bytes, cidr.bits));
}

function containsCidr(cidr: CelCidr, other: CelCidr): boolean {
  return cidr.bits <= other.bits && sameAddress(maskAddress(cidr.bytes, cidr.bits), maskAddress(other.bytes, cidr.bits));
}

function startsWith(bytes: AddressBytes, ...start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

function isAll(bytes: AddressBytes, value: number): boolean {
  return bytes.every((byte) => byte === value);
}

const isLoopback = (bytes: AddressBytes): boolean => (bytes.length === 4 ? bytes[0] === 127 : isAll(bytes.subarray(0, 15), 0) && bytes[15] === 1);
const isMulticast = (bytes: AddressBytes): boolean => (bytes.length === 4 ? ((bytes[0] as number) & 0xf0) === 0xe0 : bytes[0] === 0xff);
const isLinkLocalUnicast = (bytes: AddressBytes): boolean =>
  bytes.length === 4 ? startsWith(bytes, 169, 254) : bytes[0] === 0xfe && ((bytes[1] as number) & 0xc0) === 0x80;
const isLinkLocalMulticast = (bytes: AddressBytes): boolean =>
  bytes.length === 4 ? startsWith(bytes, 224, 0, 0) : bytes[0] === 0xff && ((bytes[1] as number) & 0x0f) === 2;
const isGlobalUnicast = (bytes: AddressBytes): boolean =>
  !isAll(bytes, 0) && !(bytes.length === 4 && isAll(bytes, 255)) && !isLoopback(bytes) && !isMulticast(bytes) && !isLinkLocalUnicast(bytes);

function test(name: string, id: string, holds: (bytes: AddressBytes) => boolean): CelFunction {
  return celFunction(
    name,
    member(id, [IP_TYPE], boolType, (ip) => holds((ip as CelIp).bytes)),
  );
}

/** IP addresses, as k8s.io/apiserver/pkg/cel/library/ip.go. */
export const IP: CelLibrary = {
  name: 'kubernetes.net.ip',
  types: [IP_TYPE],
  functions: [
    celFunction(
      'ip',
      overload('string_to_ip', [stringType], IP_TYPE, (text) => ipOf(text as string)),
    ),
    celFunction(
      'family',
      member('ip_family', [IP_TYPE], intType, (ip) => ((ip as CelIp).bytes.length === 4 ? 4 : 6)),
    ),
    celFunction(
      'ip.isCanonical',
      overload('ip_is_canonical', [stringType], boolType, (text) => formatAddress(ipOf(text as string).bytes) === text),
    ),
    test('isUnspecified', 'ip_is_unspecified', (bytes) => isAll(bytes, 0)),
    test('isLoopback', 'ip_is_loopback', isLoopback),
    test('isLinkLocalMulticast', 'ip_is_link_local_multicast', isLinkLocalMulticast),
    test('isLinkLocalUnicast', 'ip_is_link_local_unicast', isLinkLocalUnicast),
    test('isGlobalUnicast', 'ip_is_global_unicast', isGlobalUnicast),
    celFunction(
      'isIP',
      overload('is_ip', [stringType], boolType, (text) => !('fault' in parseAddress(text as string))),
    ),
    celFunction(
      'string',
      overload('ip_to_string', [IP_TYPE], stringType, (ip) => formatAddress((ip as CelIp).bytes)),
    ),
  ],
};

/** Networks, as k8s.io/apiserver/pkg/cel/library/cidr.go. */
export const CIDR: CelLibrary = {
  name: 'net.cidr',
  types: [CIDR_TYPE],
  functions: [
    celFunction(
      'cidr',
      overload('string_to_cidr', [stringType], CIDR_TYPE, (text) => cidrOf(text as string)),
    ),
    celFunction(
      'containsIP',
      member('cidr_contains_ip_string', [CIDR_TYPE, stringType], boolType, (cidr, ip) => containsIp(cidr as CelCidr, ipOf(ip as string))),
      member('cidr_contains_ip_ip', [CIDR_TYPE, IP_TYPE], boolType, (cidr, ip) => containsIp(cidr as CelCidr, ip as CelIp)),
    ),
    celFunction(
      'containsCIDR',
      member('cidr_contains_cidr_string', [CIDR_TYPE, stringType], boolType, (cidr, other) => containsCidr(cidr as CelCidr, cidrOf(other as string))),
      member('cidr_contains_cidr', [CIDR_TYPE, CIDR_TYPE], boolType, (cidr, other) => containsCidr(cidr as CelCidr, other as CelCidr)),
    ),
    celFunction(
      'ip',
      member('cidr_ip', [CIDR_TYPE], IP_TYPE, (cidr) => new CelIp((cidr as CelCidr).bytes)),
    ),
    celFunction(
      'prefixLength',
      member('cidr_prefix_length', [CIDR_TYPE], intType, (cidr) => (cidr as CelCidr).bits),
    ),
    celFunction(
      'masked',
      member('cidr_masked', [CIDR_TYPE], CIDR_TYPE, (cidr) => masked(cidr as CelCidr)),
    ),
    celFunction(
      'isCIDR',
      overload('is_cidr', [stringType], boolType, (text) => !('fault' in parsePrefix(text as string))),
    ),
    celFunction(
      'string',
      overload('cidr_to_string', [CIDR_TYPE], stringType, (cidr) => `${formatAddress((cidr as CelCidr).bytes)}/${(cidr as CelCidr).bits}`),
    ),
  ],
};

function masked({ bytes, bits }: CelCidr): CelCidr {
  return new CelCidr(maskAddress(bytes, bits), bits);
}
