/** IP addresses and CIDRs as API fields hold them, with the rules and texts of k8s.io/apimachinery/pkg/util/validation/ip.go. */
import { isIPv6 } from 'node:net';
import { type FieldError, invalid } from './field-error.ts';

const NO_IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const NO_CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

/** An address as a number of 32 or 128 bits; addresses mapped into IPv6 are IPv4. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
  /** Written as `::ffff:1.2.3.4`. */
  readonly isMapped: boolean;
  /** Written like `010.1.2.3`, which some programs read as octal. */
  readonly hasLeadingZeros: boolean;
}
export interface Cidr {
  readonly address: IpAddress;
  readonly bits: number;
  readonly hasLeadingZeros: boolean;
}

/** Reads an address as old versions did: leading zeros of IPv4 are overlooked; undefined when it is none. */
export function parseIp(text: string): IpAddress | undefined {
  const v4 = text.includes(':') ? undefined : parseIpv4(text);
  if (v4) return { family: 4, value: v4.value, isMapped: false, hasLeadingZeros: v4.hasLeadingZeros };
  if (!text.includes(':') || text.includes('%')) return undefined;
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const embedded = tail && parseIpv4(tail[2] ?? '');
  if (tail && !embedded) return undefined;
  const plain = embedded ? `${tail?.[1]}${(embedded.value >> 16n).toString(16)}:${(embedded.value & 0xffffn).toString(16)}` : text;
  if (!isIPv6(plain)) return undefined;
  const value = ipv6Value(plain);
  const hasLeadingZeros = embedded?.hasLeadingZeros ?? false;
  return value >> 32n === 0xffffn
    ? { family: 4, value: value & 0xffffffffn, isMapped: true, hasLeadingZeros }
    : { family: 6, value, isMapped: false, hasLeadingZeros };
}

function parseIpv4(text: string): { value: bigint; hasLeadingZeros: boolean } | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d+$/.test(part) && Number(part) <= 255)) return undefined;
  return { value: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n), hasLeadingZeros: parts.some((part) => /^0\d/.test(part)) };
}

function ipv6Value(text: string): bigint {
  const [head = '', tail] = text.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** The canonical form: RFC 5952 for IPv6. */
export function formatIp({ family, value }: Pick<IpAddress, 'family' | 'value'>): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn));
  const run = longestZeroRun(groups);
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  return run.length < 2 ? hex(groups) : `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
    start += length;
  }
  return best;
}

/** Reads a CIDR as old versions did; undefined when it is none. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]*)\/(\d+)$/.exec(text);
  const address = match && parseIp(match[1] ?? '');
  if (!address) return undefined;
  const bits = Number(match[2]) - (address.isMapped ? 96 : 0);
  if (bits < 0 || bits > widthOf(address)) return undefined;
  return { address, bits, hasLeadingZeros: address.hasLeadingZeros || /^0\d/.test(match[2] ?? '') };
}

/** The network's canonical form: `10.1.0.0/16`. */
export function formatCidr(cidr: Cidr): string {
  return `${formatIp({ family: cidr.address.family, value: networkOf(cidr) })}/${cidr.bits}`;
}

/** Whether a network holds an address of its family. */
export function cidrHas(cidr: Cidr, { family, value }: IpAddress): boolean {
  return family === cidr.address.family && networkOf({ address: { ...cidr.address, value }, bits: cidr.bits, hasLeadingZeros: false }) === networkOf(cidr);
}

function widthOf({ family }: IpAddress): number {
  return family === 4 ? 32 : 128;
}
function networkOf({ address, bits }: Cidr): bigint {
  const host = BigInt(widthOf(address) - bits);
  return (address.value >> host) << host;
}

/** An address of a field that predates strict validation: it need not be in canonical form; `known` are values that are not judged again. */
export function validateLegacyIp(path: string, value: string, known: readonly string[] = []): FieldError[] {
  if (known.includes(value)) return [];
  const ip = parseIp(value);
  if (!ip) return [invalid(path, value, NO_IP)];
  const errors: FieldError[] = [];
  if (ip.hasLeadingZeros) errors.push(invalid(path, value, 'must not have leading 0s'));
  else if (ip.isMapped) errors.push(invalid(path, value, 'must not be an IPv4-mapped IPv6 address'));
  return errors;
}

/** An address in canonical form. */
export function validateIp(path: string, value: string): FieldError[] {
  const errors = validateLegacyIp(path, value);
  const ip = parseIp(value);
  if (errors.length || !ip) return errors;
  return formatIp(ip) === value ? [] : [invalid(path, value, `must be in canonical form (${JSON.stringify(formatIp(ip))})`)];
}

/** A CIDR of a field that predates strict validation; `known` are values that are not judged again. */
export function validateLegacyCidr(path: string, value: string, known: readonly string[] = []): FieldError[] {
  if (known.includes(value)) return [];
  const cidr = parseCidr(value);
  if (!cidr) return [invalid(path, value, NO_CIDR)];
  if (cidr.hasLeadingZeros) return [invalid(path, value, 'must not have leading 0s in IP or prefix length')];
  if (cidr.address.isMapped) return [invalid(path, value, 'must not have an IPv4-mapped IPv6 address')];
  return networkOf(cidr) === cidr.address.value ? [] : [invalid(path, value, 'must not have bits set beyond the prefix length')];
}

/** A CIDR in canonical form. */
export function validateCidr(path: string, value: string): FieldError[] {
  const errors = validateLegacyCidr(path, value);
  const cidr = parseCidr(value);
  if (errors.length || !cidr) return errors;
  return formatCidr(cidr) === value ? [] : [invalid(path, value, `must be in canonical form (${JSON.stringify(formatCidr(cidr))})`)];
}

/** Warnings about an address that was accepted but is written unusually. */
export function ipWarnings(path: string, value: string): string[] {
  const ip = parseIp(value);
  if (!ip) return [];
  const canonical = JSON.stringify(formatIp(ip));
  const text = JSON.stringify(value);
  if (ip.hasLeadingZeros || ip.isMapped) {
    return [`${path}: non-standard IP address ${text} will be considered invalid in a future Kubernetes release: use ${canonical}`];
  }
  return ip.family === 6 && canonical !== text ? [`${path}: IPv6 address ${text} should be in RFC 5952 canonical format (${canonical})`] : [];
}

/** Warnings about a CIDR that was accepted but is written unusually. */
export function cidrWarnings(path: string, value: string): string[] {
  const cidr = parseCidr(value);
  if (!cidr) return [];
  const text = JSON.stringify(value);
  const canonical = JSON.stringify(formatCidr(cidr));
  const warnings: string[] = [];
  if (networkOf(cidr) !== cidr.address.value) {
    const single = JSON.stringify(`${formatIp(cidr.address)}/${widthOf(cidr.address)}`);
    warnings.push(`${path}: CIDR value ${text} is ambiguous in this context (should be ${canonical} or ${single}?)`);
  }
  if (cidr.hasLeadingZeros || cidr.address.isMapped) {
    warnings.push(`${path}: non-standard CIDR value ${text} will be considered invalid in a future Kubernetes release: use ${canonical}`);
  }
  if (warnings.length === 0 && cidr.address.family === 6 && canonical !== text) {
    warnings.push(`${path}: IPv6 CIDR value ${text} should be in RFC 5952 canonical format (${canonical})`);
  }
  return warnings;
}
