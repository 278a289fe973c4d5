import { randomBytes, randomFillSync, randomUUID } from 'node:crypto';

/** The one source of chance: production uses `systemRandom`, tests a seeded one. */
export interface Random {
  /** In [0, 1). */
  number(): number;
  /** `length` characters of Kubernetes' alphabet for generated names (no vowels, nothing that looks alike). */
  nameSuffix(length: number): string;
  uuid(): string;
  hex(bytes: number): string;
}

// The alphabet of k8s.io/apimachinery/pkg/util/rand.
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

// Asking the system costs the same for many numbers as for one.
const drawn = new Uint32Array(256);
let nextDrawn = drawn.length;

function drawNumber(): number {
  if (nextDrawn === drawn.length) {
    randomFillSync(drawn);
    nextDrawn = 0;
  }
  return (drawn[nextDrawn++] as number) / 2 ** 32;
}

export const systemRandom: Random = {
  number: drawNumber,
  nameSuffix: (length) => suffix(length, systemRandom),
  uuid: () => randomUUID(),
  hex: (bytes) => randomBytes(bytes).toString('hex'),
};

/** A deterministic source (mulberry32) for tests and property tests. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const number = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const hex = (bytes: number): string =>
    Array.from({ length: bytes }, () =>
      Math.floor(number() * 256)
        .toString(16)
        .padStart(2, '0'),
    ).join('');
  const random: Random = {
    number,
    nameSuffix: (length) => suffix(length, random),
    hex,
    uuid: () => hex(16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  };
  return random;
}

function suffix(length: number, random: Random): string {
  let name = '';
  for (let i = 0; i < length; i++) name += ALPHABET[Math.floor(random.number() * ALPHABET.length)];
  return name;
}
