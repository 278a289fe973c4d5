import { type Random } from '#lib';
import { type AllocationFailure, BandAllocator } from './band-allocator.ts';

const MIN_LOWER_BAND = 16;
const MAX_LOWER_BAND = 256;
/** More addresses than this are not handed out of one range, as upstream. */
const MAX_SIZE = 2 ** 16;

/** The addresses of an IPv4 CIDR that Services may have: all but the network's and the broadcast address. */
export class IpRange {
  readonly cidr: string;
  /** The first usable address: that of the `kubernetes` Service. */
  readonly firstAddress: string;
  readonly #base: number;
  readonly #addresses: BandAllocator;

  /** Throws an Error for what is no IPv4 CIDR. */
  constructor(cidr: string, random: Random) {
    const [address = '', bits = ''] = cidr.split('/');
    const prefix = Number(bits);
    const parsed = parseIpv4(address);
    if (parsed === undefined || !/^\d+$/.test(bits) || prefix > 30)
      throw new Error(`Cannot use ${JSON.stringify(cidr)} for services: give an IPv4 range such as 10.43.0.0/16`);
    const total = 2 ** (32 - prefix);
    this.cidr = cidr;
    this.#base = parsed - (parsed % total) + 1;
    const size = Math.min(total - 2, MAX_SIZE - 2);
    this.#addresses = new BandAllocator(size, Math.min(Math.max(MIN_LOWER_BAND, Math.floor(size / 16)), MAX_LOWER_BAND), random);
    this.firstAddress = formatIpv4(this.#base);
  }

  allocate(address: string): AllocationFailure | undefined {
    return this.#addresses.allocate(this.#offsetOf(address));
  }
  allocateNext(): string | undefined {
    const offset = this.#addresses.allocateNext();
    return offset === undefined ? undefined : formatIpv4(this.#base + offset);
  }
  release(address: string): void {
    this.#addresses.release(this.#offsetOf(address));
  }
  #offsetOf(address: string): number {
    const parsed = parseIpv4(address);
    return parsed === undefined ? -1 : parsed - this.#base;
  }
}

function parseIpv4(address: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  if (!match) return undefined;
  const parts = match.slice(1).map(Number);
  return parts.some((part) => part > 255) ? undefined : parts.reduce((value, part) => value * 256 + part, 0);
}
function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
