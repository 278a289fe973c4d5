import { CelBoxed, CelList, CelMap, type CelValue, characterCount } from '../values.ts';

/** What reading one character costs, and what one character of a regular expression adds for each. */
export const STRING_FACTOR = 0.1;
export const REGEX_FACTOR = 0.25;

/** The cost of a call: always the same, from its arguments (and then due before it runs), or from its result. */
export type CallCost = number | { readonly ofArgs: (args: readonly CelValue[]) => number } | { readonly ofResult: (result: CelValue | undefined) => number };

/** Matching a text against a regular expression. */
export function regexCost([text, pattern]: readonly CelValue[]): number {
  return Math.ceil((1 + sizeOf(text)) * STRING_FACTOR) * Math.ceil(sizeOf(pattern) * REGEX_FACTOR);
}

/** The cost of going through so many characters. */
export function scaled(size: number, factor: number = STRING_FACTOR): number {
  return Math.ceil(size * factor);
}

/** How much of a value an operation goes through: its `size()`, or 1. */
export function sizeOf(value: CelValue | undefined): number {
  if (typeof value === 'string') return characterCount(value);
  if (value instanceof Uint8Array) return value.length;
  return value instanceof CelBoxed ? (value.size ?? 1) : 1;
}

/** The cost of visiting a value and everything in it. */
export function traversalCost(value: CelValue): number {
  if (typeof value === 'string') return Math.floor(Buffer.byteLength(value) * STRING_FACTOR);
  if (value instanceof Uint8Array) return Math.floor(value.length * STRING_FACTOR);
  let cost = 0;
  if (value instanceof CelList) {
    for (const element of value) cost += traversalCost(element);
    return cost;
  }
  if (value instanceof CelMap) {
    for (const key of value.keys()) cost += traversalCost(key) + traversalCost(value.find(key) as CelValue);
    return cost;
  }
  return 1;
}
