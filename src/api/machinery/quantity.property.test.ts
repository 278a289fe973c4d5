import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#lib';
import { integer, pick, randomQuantity } from '../testing/generate-object.ts';
import {
  addQuantity,
  canonicalQuantity,
  compareQuantity,
  formatQuantity,
  multiplyQuantity,
  parseQuantity,
  type Quantity,
  quantityOf,
  scaledValue,
  subtractQuantity,
} from './quantity.ts';

const RUNS = 3_000;
const NANO = 10n ** 9n;
const MOST = ((1n << 63n) - 1n) * NANO;
const POWERS = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARIES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** The value in billionths, as a fraction. */
interface Fraction {
  readonly above: bigint;
  readonly below: bigint;
}
/** What a text says, told with nothing but whole numbers; rounded away from zero, and never more than upstream lets in. */
function billionths(text: string): bigint {
  const [, sign, whole = '', fraction = '', suffix = ''] = /^([-+]?)(\d*)\.?(\d*)(.*)$/.exec(text) ?? [];
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  const { above, below } = factorOf(suffix);
  const value = roundedAway(digits * NANO * above, 10n ** BigInt(fraction.length) * below);
  return value > MOST ? MOST : value < -MOST ? -MOST : value;
}
function factorOf(suffix: string): Fraction {
  if (suffix !== '' && BINARIES.includes(suffix)) return { above: 1024n ** BigInt(BINARIES.indexOf(suffix)), below: 1n };
  const power = POWERS.includes(suffix) ? 3 * POWERS.indexOf(suffix) - 9 : Number(suffix.slice(1));
  return power < 0 ? { above: 1n, below: 10n ** BigInt(-power) } : { above: 10n ** BigInt(power), below: 1n };
}
function roundedAway(above: bigint, below: bigint): bigint {
  const quotient = above / below;
  return above % below === 0n ? quotient : quotient + (above < 0n ? -1n : 1n);
}
function valueOf({ digits, exponent }: Quantity): bigint {
  return exponent >= -9 ? digits * 10n ** BigInt(exponent + 9) : assert.fail('finer than nano');
}

test('quantities are what their texts say', () => {
  const random = seededRandom(1);
  for (let i = 0; i < RUNS; i++) {
    const text = randomQuantity(random);
    assert.equal(valueOf(parseQuantity(text)), billionths(text), text);
  }
});

test('the canonical text says the same, is canonical itself, and has no fraction', () => {
  const random = seededRandom(2);
  for (let i = 0; i < RUNS; i++) {
    const text = randomQuantity(random);
    const canonical = canonicalQuantity(text);
    assert.equal(billionths(canonical), billionths(text), `${text} ${canonical}`);
    assert.equal(canonicalQuantity(canonical), canonical, text);
    assert.match(canonical, /^-?\d+([numkMGTPE]|[KMGTPE]i|e-?\d+)?$/, text);
  }
});

test('quantities are compared, added, subtracted, multiplied and scaled exactly', () => {
  const random = seededRandom(3);
  for (let i = 0; i < RUNS; i++) {
    const [a, b] = [randomQuantity(random), randomQuantity(random)];
    const [x, y] = [billionths(a), billionths(b)];
    const about = `${a} ${b}`;
    assert.equal(Math.sign(compareQuantity(a, b)), x < y ? -1 : x > y ? 1 : 0, about);
    assert.equal(valueOf(addQuantity(a, b)), x + y, about);
    assert.equal(valueOf(subtractQuantity(a, b)), x - y, about);
    const factor = integer(random, -5, 1000);
    assert.equal(valueOf(multiplyQuantity(a, factor)), x * BigInt(factor), about);
    const scale = pick(random, [-9, -6, -3, 0, 3, 6]);
    assert.equal(scaledValue(a, scale), roundedAway(x, 10n ** BigInt(scale + 9)), `${a} scaled ${scale}`);
    // What is read is capped, what is reckoned is not.
    if (x + y <= MOST && x + y >= -MOST) assert.equal(compareQuantity(formatQuantity(addQuantity(a, b)), addQuantity(a, b)), 0, about);
  }
});

test('sums do not depend on the order, and taking away undoes adding', () => {
  const random = seededRandom(4);
  for (let i = 0; i < RUNS; i++) {
    const amounts = Array.from({ length: 5 }, () => randomQuantity(random));
    const sum = (list: readonly string[]): Quantity => list.reduce<Quantity>((total, each) => addQuantity(total, each), quantityOf(0));
    const forwards = sum(amounts);
    assert.equal(compareQuantity(forwards, sum([...amounts].reverse())), 0, amounts.join(' '));
    assert.equal(
      compareQuantity(
        amounts.reduce<Quantity>((total, each) => subtractQuantity(total, each), forwards),
        quantityOf(0),
      ),
      0,
      amounts.join(' '),
    );
  }
});
