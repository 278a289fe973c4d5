import { isIPv4, isIPv6 } from 'node:net';

/** An IPv4 network in numbers. */
export interface Ipv4Network {
  readonly base: number;
  readonly prefixLength: number;
  readonly size: number;
}

/** The 32-bit number of a dotted address; undefined when it is not one. */
export function ipv4ToNumber(address: string): number | undefined {
  if (!isIPv4(address)) return undefined;
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function numberToIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

/** `10.43.0.0/16`; undefined when it is not an IPv4 network in CIDR form. */
export function parseIpv4Network(cidr: string): Ipv4Network | undefined {
  const [address = '', length = ''] = cidr.split('/');
  const value = ipv4ToNumber(address);
  const prefixLength = Number(length);
  if (value === undefined || !/^\d{1,2}$/.test(length) || prefixLength > 32) return undefined;
  const size = 2 ** (32 - prefixLength);
  return { base: value - (value % size), prefixLength, size };
}

/** The `n`th address of an IPv4 network (0 is the network itself). */
export function nthAddress(cidr: string, n: number): string {
  const network = parseIpv4Network(cidr);
  if (!network || n < 0 || n >= network.size) throw new RangeError(`There is no address ${n} in ${cidr}`);
  return numberToIpv4(network.base + n);
}

export function networkHas(cidr: string, address: string): boolean {
  const network = parseIpv4Network(cidr);
  const value = ipv4ToNumber(address);
  return network !== undefined && value !== undefined && value >= network.base && value < network.base + network.size;
}

export function isIp(address: string): boolean {
  return isIPv4(address) || isIPv6(address);
}
