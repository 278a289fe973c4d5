/** A range of addresses that is handed out in blocks of one size. */
export interface Range {
  readonly base: bigint;
  readonly bits: 32 | 128;
  readonly blockSize: number;
  readonly blocks: number;
}

/** Reads `10.42.0.0/16` (or IPv6) as a range of blocks of `/maskSize`. Throws an Error that names what is wrong. */
export function parseRange(cidr: string, maskSize: number): Range {
  const { base, bits, prefix } = parseCidr(cidr);
  if (maskSize < prefix || maskSize > bits)
    throw new Error(`Cannot divide cluster CIDR ${cidr} into blocks of /${maskSize}: choose a mask size between ${prefix} and ${bits}`);
  // Upstream's limit: more would be an enormous table.
  if (maskSize - prefix > 16) throw new Error(`Cannot divide cluster CIDR ${cidr} into blocks of /${maskSize}: the mask may be at most 16 bits longer`);
  return { base, bits, blockSize: maskSize, blocks: 2 ** (maskSize - prefix) };
}

/** The CIDR of a block. `0 <= block < range.blocks`. */
export function blockCidr(range: Range, block: number): string {
  const address = range.base + (BigInt(block) << BigInt(range.bits - range.blockSize));
  return `${range.bits === 32 ? formatIpv4(address) : formatIpv6(address)}/${range.blockSize}`;
}

/** The blocks that a node's CIDR covers; none when it lies outside. */
export function blocksOf(range: Range, cidr: string): number[] {
  const { base, bits, prefix } = parseCidr(cidr);
  if (bits !== range.bits) return [];
  const width = BigInt(range.bits - range.blockSize);
  const first = Number((base - range.base) >> width);
  const last = Number((base + (1n << BigInt(bits - prefix)) - 1n - range.base) >> width);
  const blocks: number[] = [];
  for (let block = Math.max(0, first); block <= Math.min(last, range.blocks - 1); block++) blocks.push(block);
  return blocks;
}

/** The first free block at or after `start`, going round; undefined when all are taken. */
export function freeBlock(range: Range, taken: ReadonlySet<number>, start: number): number | undefined {
  for (let i = 0; i < range.blocks; i++) {
    const block = (start + i) % range.blocks;
    if (!taken.has(block)) return block;
  }
  return undefined;
}

function parseCidr(cidr: string): { base: bigint; bits: 32 | 128; prefix: number } {
  const [ip = '', length = ''] = cidr.split('/');
  const bits = ip.includes(':') ? 128 : 32;
  const prefix = Number(length);
  if (!/^\d+$/.test(length) || prefix > bits) throw new Error(`Cannot read CIDR "${cidr}": write it as 10.42.0.0/16`);
  const address = bits === 32 ? parseIpv4(ip) : parseIpv6(ip);
  const host = BigInt(bits - prefix);
  return { base: (address >> host) << host, bits, prefix };
}
function parseIpv4(ip: string): bigint {
  return ip.split('.').reduce((sum, part) => (sum << 8n) + BigInt(Number(part)), 0n);
}
function parseIpv6(ip: string): bigint {
  const [head = '', tail] = ip.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].reduce((sum, part) => (sum << 16n) + BigInt(`0x${part}`), 0n);
}
function formatIpv4(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 0xffn)).join('.');
}
/** The longest run of zero groups, when longer than one, becomes `::`. */
function formatIpv6(address: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((address >> BigInt(16 * (7 - i))) & 0xffffn).toString(16));
  const runs = [...groups.join(':').matchAll(/(?:^|(?<=:))0(?::0)+(?=:|$)/g)].sort((a, b) => b[0].length - a[0].length);
  const [longest] = runs;
  if (!longest) return groups.join(':');
  const text = groups.join(':');
  const before = text.slice(0, longest.index).replace(/:$/, '');
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, '');
  return `${before}::${after}`;
}
