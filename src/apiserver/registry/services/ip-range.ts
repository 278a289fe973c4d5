import { formatIp, parseCidr, parseIp } from '#api';
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
    const parsed = parseCidr(cidr);
    const isV6 = parsed?.address.family === 6;
    const isUsable = parsed && (isV6 ? parsed.bits >= MIN_IPV6_PREFIX && parsed.bits <= 126 : parsed.bits <= 30);
    if (!isUsable) throw new Error(`Cannot use ${JSON.stringify(cidr)} for services: give a range such as 10.43.0.0/16`);
    this.family = isV6 ? 'IPv6' : 'IPv4';
    this.#total = 1n << BigInt((isV6 ? 128 : 32) - parsed.bits);
    this.#network = parsed.address.value - (parsed.address.value % this.#total);
    this.cidr = cidr;
    const total = Math.min(Number(this.#total), MAX_SIZE);
    const band = total <= MIN_LOWER_BAND ? 0 : Math.min(Math.max(MIN_LOWER_BAND, Math.floor(total / STEP)), MAX_LOWER_BAND);
    this.#addresses = new BandAllocator(total - (isV6 ? 1 : 2), band, random);
    this.network = this.#format(this.#network);
    this.firstAddress = this.#addressAt(0);
  }

  /** Whether the address lies in the CIDR, usable or not. */
  contains(address: string): boolean {
    const ip = parseIp(address);
    return ip !== undefined && ip.family === (this.family === 'IPv6' ? 6 : 4) && ip.value >= this.#network && ip.value < this.#network + this.#total;
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
    return Number((parseIp(address)?.value ?? 0n) - this.#network) - 1;
  }
  #addressAt(offset: number): string {
    return this.#format(this.#network + BigInt(offset) + 1n);
  }
  #format(value: bigint): string {
    return formatIp({ family: this.family === 'IPv6' ? 6 : 4, value });
  }
}
