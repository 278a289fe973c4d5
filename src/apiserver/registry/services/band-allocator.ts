import type { Random } from '#lib';

/** Why a number cannot be had. */
export type AllocationFailure = 'allocated' | 'out-of-range' | 'full';

/**
 * Hands out numbers of `0 … size-1`, each to one holder. Free choices come from the upper band first, so that the lower stays for those
 * who ask for a certain number (upstream: pkg/registry/core/service/allocator/bitmap.go).
 */
export class BandAllocator {
  readonly size: number;
  readonly #lowerBand: number;
  readonly #random: Random;
  readonly #taken = new Set<number>();

  constructor(size: number, lowerBand: number, random: Random) {
    this.size = size;
    this.#lowerBand = lowerBand >= size ? 0 : lowerBand;
    this.#random = random;
  }

  has(offset: number): boolean {
    return this.#taken.has(offset);
  }
  /** Takes a certain number; undefined: done. */
  allocate(offset: number): AllocationFailure | undefined {
    if (offset < 0 || offset >= this.size) return 'out-of-range';
    if (this.#taken.has(offset)) return 'allocated';
    this.#taken.add(offset);
    return undefined;
  }
  /** Takes any free number; undefined: there is none. */
  allocateNext(): number | undefined {
    const offset = this.#freeIn(this.#lowerBand, this.size) ?? this.#freeIn(0, this.#lowerBand);
    if (offset !== undefined) this.#taken.add(offset);
    return offset;
  }
  release(offset: number): void {
    this.#taken.delete(offset);
  }

  #freeIn(from: number, to: number): number | undefined {
    const width = to - from;
    if (width <= 0) return undefined;
    const start = Math.floor(this.#random.number() * width);
    for (let i = 0; i < width; i++) {
      const offset = from + ((start + i) % width);
      if (!this.#taken.has(offset)) return offset;
    }
    return undefined;
  }
}
