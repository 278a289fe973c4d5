import { isStatus, keyOf, nodes } from '#api';
import type { Node } from '#api/types/core-v1';
import type { Controller, Outcome, Wiring } from '../controller.ts';
import { blockCidr, blocksOf, freeBlock, parseRange, type Range } from './plan.ts';

/** What nodes are given addresses from. */
export interface NodeIpamOptions {
  /** One range, or two of different families separated by a comma. */
  readonly clusterCidr: string;
  readonly maskSizeIpv4: number;
  readonly maskSizeIpv6: number;
  /** Left out where it overlaps. Like `clusterCidr`, one or two. */
  readonly serviceCidr: string;
}

/** Gives every node its Pod CIDR. Follows pkg/controller/nodeipam/ipam/range_allocator.go. Throws an Error when the cluster CIDR cannot be divided so. */
export function nodeIpamController(options: NodeIpamOptions): Controller {
  const ranges = listed(options.clusterCidr).map((cidr) => parseRange(cidr, cidr.includes(':') ? options.maskSizeIpv6 : options.maskSizeIpv4));
  const reserved = listed(options.serviceCidr);
  return {
    name: 'node-ipam',
    account: 'node-controller',
    eventSource: 'cidrAllocator',
    // One at a time: two could pick the same block.
    workers: 1,
    connect(wiring) {
      const loop = new NodeIpamLoop(wiring, ranges, reserved);
      return (key) => loop.reconcile(key);
    },
  };
}

/** Whom blocks belong to that no node may have. */
const NOBODY = '';

function listed(cidrs: string): string[] {
  return cidrs
    .split(',')
    .map((cidr) => cidr.trim())
    .filter((cidr) => cidr !== '');
}

class NodeIpamLoop {
  readonly #wiring: Wiring;
  readonly #ranges: readonly Range[];
  readonly #nodes;
  /** For each range the blocks in use, and by which node: the cache may not show the last ones yet. */
  readonly #taken: readonly Map<number, string>[];
  /** For each range where to look first, so that a block is not used again at once. */
  readonly #next: number[];

  constructor(wiring: Wiring, ranges: readonly Range[], reserved: readonly string[]) {
    this.#wiring = wiring;
    this.#ranges = ranges;
    this.#taken = ranges.map((range) => new Map(reserved.flatMap((cidr) => blocksOf(range, cidr)).map((block) => [block, NOBODY])));
    this.#next = ranges.map(() => 0);
    this.#nodes = wiring.informers.informer(nodes);
    this.#nodes.on({
      added: (node) => this.#seen(node),
      updated: (node) => this.#seen(node),
      deleted: (node) => this.#release(node),
    });
  }

  async reconcile(name: string): Promise<Outcome> {
    const node = this.#nodes.store.get(name);
    if (!node || node.metadata.deletionTimestamp !== undefined || cidrsOf(node).length > 0) return 'done';
    const cidrs = this.#allocate(name);
    if (!cidrs) {
      this.#wiring.events.event(node, 'Normal', 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`);
      throw new Error(
        `Cannot allocate a Pod CIDR for node ${name}: there are no remaining CIDRs left to allocate in the accepted range; choose a larger cluster CIDR or a longer node mask`,
      );
    }
    const patch = { metadata: { uid: node.metadata.uid }, spec: { podCIDR: cidrs[0], podCIDRs: cidrs } };
    try {
      await this.#wiring.client.patch(nodes, { name }, patch, { type: 'strategic' });
    } catch (error) {
      this.#releaseName(name);
      if (isStatus(error, 'NotFound')) return 'done';
      throw error;
    }
    return 'done';
  }

  #allocate(name: string): string[] | undefined {
    const blocks: number[] = [];
    for (const [i, range] of this.#ranges.entries()) {
      const block = freeBlock(range, new Set(this.#taken[i]?.keys()), this.#next[i] ?? 0);
      if (block === undefined) return undefined;
      blocks.push(block);
    }
    blocks.forEach((block, i) => {
      this.#taken[i]?.set(block, name);
      this.#next[i] = block + 1;
    });
    return this.#ranges.map((range, i) => blockCidr(range, blocks[i] ?? 0));
  }

  #seen(node: Node): void {
    const cidrs = cidrsOf(node);
    if (cidrs.length === 0) return this.#wiring.enqueue(keyOf(node));
    this.#ranges.forEach((range, i) => {
      for (const block of cidrs.flatMap((cidr) => blocksOf(range, cidr))) this.#taken[i]?.set(block, node.metadata.name ?? '');
    });
    return undefined;
  }
  #release(node: Node): void {
    this.#releaseName(node.metadata.name ?? '');
    // One that found no block may find one now.
    for (const other of this.#nodes.store.list()) if (cidrsOf(other).length === 0) this.#wiring.enqueue(keyOf(other));
  }
  #releaseName(name: string): void {
    for (const taken of this.#taken) for (const [block, owner] of taken) if (owner === name) taken.delete(block);
  }
}

function cidrsOf({ spec }: Node): readonly string[] {
  return spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : []);
}
