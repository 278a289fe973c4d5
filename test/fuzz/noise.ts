/** Random texts, bytes and damage; the same seed gives the same. */
import type { Random } from '#lib';

export function integer(random: Random, max: number): number {
  return Math.floor(random.number() * max);
}
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[integer(random, list.length)] as T;
}
export function chance(random: Random, probability: number): boolean {
  return random.number() < probability;
}

const TEXTS = [
  '',
  'a',
  'fuzz',
  '0',
  '-1',
  'true',
  'null',
  '.',
  '..',
  '%',
  '%00',
  '%2f',
  '../..',
  'a b',
  '\u0000',
  '\ud800',
  '🙂',
  '__proto__',
  'constructor',
  'toString',
  '1e999',
  '9007199254740993',
  '-9223372036854775808',
  '18446744073709551616',
  'a'.repeat(300),
  '{}',
  '[]',
  '"',
  '\\',
  '$',
  '{{.}}',
  '*',
  '(a+)+$',
];

export function text(random: Random): string {
  return chance(random, 0.7) ? pick(random, TEXTS) : String.fromCharCode(...Array.from({ length: integer(random, 20) }, () => integer(random, 0x300)));
}

/** Any JSON. */
export function json(random: Random, depth = 0): unknown {
  const kind = integer(random, depth > 4 ? 5 : 7);
  if (kind === 0) return null;
  if (kind === 1) return chance(random, 0.5);
  if (kind === 2) return pick(random, [0, -1, 1, 0.5, 1e21, -1e308, 2 ** 31, 2 ** 53, 65_536, integer(random, 1000)]);
  if (kind <= 4) return text(random);
  if (kind === 5) return Array.from({ length: integer(random, 5) }, () => json(random, depth + 1));
  return Object.fromEntries(Array.from({ length: integer(random, 5) }, () => [text(random), json(random, depth + 1)]));
}

/** The value with some of its parts replaced, removed, doubled or renamed. */
export function damageJson(random: Random, value: unknown, damages = 1 + integer(random, 3)): unknown {
  const copy: unknown = structuredClone(value);
  for (let i = 0; i < damages; i++) damageOnce(random, copy);
  return copy;
}
function damageOnce(random: Random, root: unknown): void {
  let at = root;
  for (let depth = 0; depth < 12 && isHolder(at); depth++) {
    const key = pick(random, Object.keys(at));
    const member = at[key];
    if (isHolder(member) && chance(random, 0.75)) {
      at = member;
      continue;
    }
    const how = integer(random, 4);
    if (how === 0) delete at[key];
    else if (how > 1) at[key] = json(random);
    else if (Array.isArray(at)) at.push(member);
    // Also where the name is `__proto__`.
    else Object.defineProperty(at, text(random), { value: member, enumerable: true, configurable: true, writable: true });
    return;
  }
}
function isHolder(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** The bytes with some of them changed, cut, inserted or repeated. */
export function damageBytes(random: Random, bytes: Buffer): Buffer {
  let damaged = Buffer.from(bytes);
  for (let i = 1 + integer(random, 4); i > 0 && damaged.length > 0; i--) {
    const at = integer(random, damaged.length);
    const how = integer(random, 5);
    if (how === 0) damaged[at] = integer(random, 256);
    else if (how === 1) damaged = damaged.subarray(0, at);
    else if (how === 2) damaged = Buffer.concat([damaged.subarray(0, at), noise(random, integer(random, 12)), damaged.subarray(at)]);
    else if (how === 3) damaged = Buffer.concat([damaged.subarray(0, at), damaged.subarray(at + integer(random, 16))]);
    else damaged = Buffer.concat([damaged, damaged.subarray(at, at + 200)]);
  }
  return damaged;
}

export function noise(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => integer(random, 256)));
}
