import { isIPv4, isIPv6 } from 'node:net';
import type { Random } from '#lib';
import { type AllocationFailure, BandAllocator } from './band-allocator.ts';

export type IpFamily = 'IPv4' | 'IPv6';

const MIN_LOWER_BAND = 16;
const MAX_LOWER_BAND = 256;
const STEP = 16;
/** The shortest prefix of a range, as upstream. */
const MIN_IPV6_PREFIX = 64;
/** Offsets beyond this could not be counted exactly. */
const MAX_SIZE = 2 ** 48;

/** The addresses of a CIDR that Services may have: all but the network's and, of IPv4, the broadcast address. Follows pkg/registry/core/service/ipallocator. */
export class IpRange {
  /** As it was given. */
  readonly cidr: string;
  readonly family: IpFamily;
  /** What a dry run shows: the network itself. */
  readonly network: string;
  /** The first usable address: that of the `kubernetes` Service. */
  readonly firstAddress: string;
  readonly #network: bigint;
  readonly #total: bigint;
  readonly #addresses: BandAllocator;

  /** Throws an Error for what is no CIDR that Services can have. */
  constructor(cidr: string, random: Random) {
    const [address = '', bits = ''] = cidr.split('/');
    const prefix = Number(bits);
    const isV6 = isIPv6(address);
    const isUsable = isV6 ? prefix >= MIN_IPV6_PREFIX && prefix <= 126 : isIPv4(address) && prefix <= 30;
    if (!isUsable || !/^\d+$/.test(bits)) throw new Error(`Cannot use ${JSON.stringify(cidr)} for services: give a range such as 10.43.0.0/16`);
    this.family = isV6 ? 'IPv6' : 'IPv4';
    this.#total = 1n << BigInt((isV6 ? 128 : 32) - prefix);
    const parsed = parseIp(address);
    this.#network = parsed - (parsed % this.#total);
    this.cidr = cidr;
    const total = Math.min(Number(this.#total), MAX_SIZE);
    const band = total <= MIN_LOWER_BAND ? 0 : Math.min(Math.max(MIN_LOWER_BAND, Math.floor(total / STEP)), MAX_LOWER_BAND);
    this.#addresses = new BandAllocator(total - (isV6 ? 1 : 2), band, random);
    this.network = formatIp(this.#network, this.family);
    this.firstAddress = this.#addressAt(0);
  }

  /** Whether the address lies in the CIDR, usable or not. */
  contains(address: string): boolean {
    if (!(this.family === 'IPv6' ? isIPv6(address) : isIPv4(address))) return false;
    const parsed = parseIp(address);
    return parsed >= this.#network && parsed < this.#network + this.#total;
  }
  has(address: string): boolean {
    return this.contains(address) && this.#addresses.has(this.#offsetOf(address));
  }
  allocate(address: string): AllocationFailure | undefined {
    return this.contains(address) ? this.#addresses.allocate(this.#offsetOf(address)) : 'out-of-range';
  }
  allocateNext(): string | undefined {
    const offset = this.#addresses.allocateNext();
    return offset === undefined ? undefined : this.#addressAt(offset);
  }
  release(address: string): void {
    if (this.contains(address)) this.#addresses.release(this.#offsetOf(address));
  }

  #offsetOf(address: string): number {
    return Number(parseIp(address) - this.#network) - 1;
  }
  #addressAt(offset: number): string {
    return formatIp(this.#network + BigInt(offset) + 1n, this.family);
  }
}

function parseIp(address: string): bigint {
  if (!address.includes(':')) return address.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n);
  const dotted = /^(.*:)([\d.]+\.[\d.]+)$/.exec(address);
  if (dotted) {
    const last = parseIp(dotted[2] ?? '');
    return parseIp(`${dotted[1]}${(last >> 16n).toString(16)}:${(last & 0xffffn).toString(16)}`);
  }
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string): string[] => (text ? text.split(':') : []);
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce((value, group) => value * 0x10000n + BigInt(`0x${group}`), 0n);
}

/** As Go prints it: the longest run of zero groups is left out. */
function formatIp(value: bigint, family: IpFamily): string {
  if (family === 'IPv4') return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  let [start, length] = [0, 0];
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (groups[end] === '0') end++;
    if (end - i > length && end - i > 1) [start, length] = [i, end - i];
  }
  return length ? `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}` : groups.join(':');
}
