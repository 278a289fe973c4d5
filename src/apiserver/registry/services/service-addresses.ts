import { type KubeObject, newInternalError } from '#api';
import type { Service, ServiceSpec } from '#api/types/core-v1';
import type { Random } from '#lib';
import { type IpFamily, IpRange } from './ip-range.ts';

/** Where it is written down which Service has which address, so that others see it: IPAddress objects. */
export interface AddressBook {
  /** Writes an address down; false: somebody else has it. */
  claim(ip: string, family: IpFamily, service: KubeObject): Promise<boolean>;
  release(ip: string): Promise<void>;
}

/** The addresses of Services: of one or two families, each with the ranges that ServiceCIDRs give. */
export class ServiceAddresses {
  /** The first address of the first range: that of the `kubernetes` Service. */
  readonly firstAddress: string;
  readonly defaultFamily: IpFamily;
  /** Who else must agree; absent: only this process counts. */
  book: AddressBook | undefined;
  readonly #random: Random;
  readonly #configured: readonly IpRange[];
  #ranges: readonly IpRange[];
  /** Addresses that are being taken out of the book. */
  readonly #leaving = new Map<string, Promise<void>>();

  /** `cidrs` is one range, or two of different families with a comma between. Throws an Error for others. */
  constructor(cidrs: string, random: Random) {
    this.#random = random;
    this.#configured = cidrs.split(',').map((cidr) => new IpRange(cidr.trim(), random));
    this.#ranges = this.#configured;
    const [first, second, ...others] = this.#configured;
    if (!first || others.length || first.family === second?.family)
      throw new Error(`Cannot use ${JSON.stringify(cidrs)} for services: give one range of a family`);
    this.firstAddress = first.firstAddress;
    this.defaultFamily = first.family;
  }

  /** The families that Services may have here, the default one first. */
  get families(): IpFamily[] {
    return this.#configured.map(({ family }) => family);
  }

  /** Serves these ranges beside the configured ones; `held` are the addresses that Services have. */
  setExtraRanges(cidrs: readonly string[], held: Iterable<string>): void {
    const known = new Map(this.#ranges.map((range) => [range.cidr, range]));
    const wanted = new Set([...this.#configured.map(({ cidr }) => cidr), ...cidrs]);
    const fresh: IpRange[] = [];
    this.#ranges = [...wanted].map((cidr) => {
      const range = known.get(cidr) ?? new IpRange(cidr, this.#random);
      if (!known.has(cidr)) fresh.push(range);
      return range;
    });
    for (const ip of fresh.length ? held : []) for (const range of fresh) range.allocate(ip);
  }

  /** Whether the address is given, or about to be. */
  has(ip: string): boolean {
    return this.#ranges.some((range) => range.has(ip));
  }
  /** Takes what a stored Service holds. */
  take(ip: string): void {
    for (const range of this.#ranges) range.allocate(ip);
  }
  async release(ip: string): Promise<void> {
    const left = (this.book?.release(ip) ?? Promise.resolve()).finally(() => {
      this.#leaving.delete(ip);
      this.#free(ip);
    });
    this.#leaving.set(ip, left);
    await left;
  }

  /** Gives the Service a certain address; returns why it cannot have it. */
  async allocate(ip: string, family: IpFamily, service: Service, isDryRun: boolean): Promise<string | undefined> {
    const range = this.#ranges.find((each) => each.contains(ip));
    if (!range) return 'the provided network does not match the current range';
    // Who sees that a Service is gone may ask for its address at once.
    await this.#leaving.get(ip);
    const isTaken = range.has(ip);
    // A dry run looks at the range alone.
    const failure = isTaken ? 'allocated' : range.allocate(ip);
    if (failure === 'out-of-range') return `the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${range.cidr}`;
    if (isDryRun) {
      if (!isTaken) this.#free(ip);
      return undefined;
    }
    if (failure) return TAKEN;
    this.take(ip);
    return (await this.#claim(ip, family, service)) ? undefined : TAKEN;
  }

  /** Gives the Service any free address. */
  async allocateNext(family: IpFamily, service: Service, isDryRun: boolean): Promise<string> {
    for (const range of this.#ranges) {
      if (range.family !== family) continue;
      if (isDryRun) return range.network;
      const ip = await this.#nextOf(range, service);
      if (ip !== undefined) return ip;
    }
    throw newInternalError(new Error('failed to allocate a serviceIP: range is full'));
  }

  async #nextOf(range: IpRange, service: Service): Promise<string | undefined> {
    const foreign: string[] = [];
    try {
      for (let ip = range.allocateNext(); ip !== undefined; ip = range.allocateNext()) {
        this.take(ip);
        if (!this.book || (await this.book.claim(ip, range.family, service))) return ip;
        foreign.push(ip);
      }
    } finally {
      for (const ip of foreign) this.#free(ip);
    }
    return undefined;
  }

  async #claim(ip: string, family: IpFamily, service: Service): Promise<boolean> {
    let isMine = false;
    try {
      isMine = (await this.book?.claim(ip, family, service)) ?? true;
    } finally {
      if (!isMine) this.#free(ip);
    }
    return isMine;
  }
  #free(ip: string): void {
    for (const range of this.#ranges) range.release(ip);
  }
}

const TAKEN = 'provided IP is already allocated';

/** The addresses that a Service has of its own. */
export function addressesOf({ type, clusterIPs, clusterIP }: ServiceSpec): string[] {
  if (type === 'ExternalName') return [];
  return (clusterIPs ?? (clusterIP ? [clusterIP] : [])).filter((ip) => ip !== '' && ip !== 'None');
}
