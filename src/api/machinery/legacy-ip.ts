/** Addresses in fields that once took what Go's old parser took (apimachinery's IsValidIPForLegacyField and IsValidCIDRForLegacyField, strict since 1.36). */
import { isIP, isIPv6 } from 'node:net';

const INVALID_IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const INVALID_CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
const LEADING_ZERO = /(?:^|[.:])0\d+(?:\.|$)/;

/** Messages about an address; none for one that the stored object already has (`known`). */
export function isLegacyIp(value: string, known?: readonly string[]): string[] {
  if (known?.includes(value)) return [];
  if (isPlainIp(value)) return isMapped(value) ? ['must not be an IPv4-mapped IPv6 address'] : [];
  return isPlainIp(withoutLeadingZeros(value)) ? ['must not have leading 0s'] : [INVALID_IP];
}

/** Messages about a range of addresses; none for one that the stored object already has. */
export function isLegacyCidr(value: string, known?: readonly string[]): string[] {
  if (known?.includes(value)) return [];
  const slash = value.lastIndexOf('/');
  const [address, bits] = [value.slice(0, slash), value.slice(slash + 1)];
  const sloppy = withoutLeadingZeros(address);
  if (slash < 1 || !/^\d+$/.test(bits) || !isPlainIp(sloppy) || Number(bits) > (isIPv6(sloppy) ? 128 : 32)) return [INVALID_CIDR];
  if (sloppy !== address || (bits.length > 1 && bits.startsWith('0'))) return ['must not have leading 0s in IP or prefix length'];
  if (isMapped(address)) return ['must not have an IPv4-mapped IPv6 address'];
  return hasHostBits(address, Number(bits)) ? ['must not have bits set beyond the prefix length'] : [];
}

function isPlainIp(value: string): boolean {
  return isIP(value) !== 0 && !value.includes('%');
}
/** Only the dotted part is decimal: in IPv6 groups zeros may lead. */
function withoutLeadingZeros(value: string): string {
  if (!value.includes('.') || !LEADING_ZERO.test(value)) return value;
  const colon = value.lastIndexOf(':');
  return value.slice(0, colon + 1) + value.slice(colon + 1).replace(/(^|\.)0+(?=\d)/g, '$1');
}
function isMapped(value: string): boolean {
  return value.includes(':') && bitsOf(value) >> 32n === 0xffffn;
}
function hasHostBits(address: string, prefix: number): boolean {
  const width = address.includes(':') ? 128 : 32;
  return bitsOf(address) % (1n << BigInt(width - prefix)) !== 0n;
}

/** An address as a number. */
export function bitsOf(address: string): bigint {
  if (!address.includes(':')) return address.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n);
  const [head = '', tail] = address.split('::');
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => 0n);
  return [...left, ...zeros, ...right].reduce((value, group) => (value << 16n) + group, 0n);
}
function groupsOf(text: string): bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const value = bitsOf(group);
    return [value >> 16n, value & 0xffffn];
  });
}
