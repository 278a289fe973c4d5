import { type CelRange, UNBOUNDED } from '../program.ts';
import { REGEX_FACTOR, STRING_FACTOR } from './sizes.ts';

/** A range of one number. */
export function exactly(value: number): CelRange {
  return { min: value, max: value };
}

/** A size or cost of which nothing is known. */
export const UNKNOWN: CelRange = { min: 0, max: UNBOUNDED };

function capped(value: number): number {
  return value >= UNBOUNDED ? UNBOUNDED : value;
}

/** The sum of ranges; beyond 64 bits it stays at the bound. */
export function plus(...ranges: readonly CelRange[]): CelRange {
  let min = 0;
  let max = 0;
  for (const range of ranges) {
    min = capped(min + range.min);
    max = capped(max + range.max);
  }
  return { min, max };
}

export function times(a: CelRange, b: CelRange): CelRange {
  return { min: capped(a.min * b.min), max: capped(a.max * b.max) };
}

/** Each end times a factor, rounded up. */
export function scale(range: CelRange, factor: number): CelRange {
  return { min: capped(Math.ceil(range.min * factor)), max: capped(Math.ceil(range.max * factor)) };
}

/** The smallest range around two. */
export function union(a: CelRange, b: CelRange): CelRange {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

/** Matching a text of a size against a pattern of a size. */
export function regexEstimate(text: CelRange, pattern: CelRange): CelRange {
  return times(scale(plus(text, exactly(1)), STRING_FACTOR), scale(pattern, REGEX_FACTOR));
}
