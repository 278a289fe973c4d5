/** Exact quantities as k8s.io/apimachinery/pkg/api/resource has them: `100m`, `1.5Gi`, `1e3`. Never a float. */

/** Which suffixes the canonical form uses. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** `digits × 10^exponent`, exactly. `exponent` is at least -9: finer amounts are rounded up on parsing. */
export interface Quantity {
  readonly digits: bigint;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

/** The text of every parse failure, upstream's. */
export const QUANTITY_ERROR = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX_ERROR = "unable to parse quantity's suffix";
const NUMBER_ERROR = 'unable to parse numeric part of quantity';

/** A text that is no quantity; the message is upstream's. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, bigint>> = { Ki: 1n << 10n, Mi: 1n << 20n, Gi: 1n << 30n, Ti: 1n << 40n, Pi: 1n << 50n, Ei: 1n << 60n };
const DECIMAL_SUFFIX = new Map(Object.entries(DECIMAL).map(([suffix, exponent]) => [exponent, suffix]));
const BINARY_SUFFIXES = Object.entries(BINARY).reverse();
const MIN_EXPONENT = -9;
const MAX_INT64 = (1n << 63n) - 1n;

/** Quantities are few and come again and again: the same amounts, in every Pod of a kind. */
const parsed = new Map<string, Quantity>();

const REMEMBERED_MAX = 4096;
/** Longer texts are written by those who want memory to fill. */
const REMEMBERED_LENGTH = 32;
function remember<T>(memory: Map<string, T>, text: string, value: T): T {
  if (text.length > REMEMBERED_LENGTH) return value;
  if (memory.size >= REMEMBERED_MAX) memory.clear();
  memory.set(text, value);
  return value;
}

/** Parses a quantity; throws QuantityError. Precision below nano is rounded up (away from zero), as upstream does. Remembers what it has seen. */
export function parseQuantity(text: string): Quantity {
  return parsed.get(text) ?? remember(parsed, text, Object.freeze(parse(text)));
}

function parse(text: string): Quantity {
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(.*)$/.exec(text);
  if (text === '' || !match) throw new QuantityError(QUANTITY_ERROR);
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  if (!/^[eEinumkKMGTP]*[-+]?[0-9]*$/.test(suffix)) throw new QuantityError(QUANTITY_ERROR);
  const binary = BINARY[suffix];
  const decimal = binary === undefined ? decimalSuffix(suffix) : undefined;
  if (whole === '' && fraction === '') throw new QuantityError(NUMBER_ERROR);
  const magnitude = BigInt(whole + fraction);
  const signed = sign === '-' ? -magnitude : magnitude;
  if (decimal) return capped(settle(signed, decimal.exponent - fraction.length, decimal.format));
  return capped(settle(signed * (binary ?? 1n), -fraction.length, 'BinarySI'));
}

function decimalSuffix(suffix: string): { exponent: number; format: QuantityFormat } {
  const exponent = DECIMAL[suffix];
  if (exponent !== undefined) return { exponent, format: 'DecimalSI' };
  const scientific = /^[eE]([+-]?[0-9]+)$/.exec(suffix);
  if (!scientific) throw new QuantityError(SUFFIX_ERROR);
  const value = Number(scientific[1]);
  if (Math.abs(value) > 2 ** 31) throw new QuantityError(SUFFIX_ERROR);
  return { exponent: Math.max(-1000, Math.min(1000, value)), format: 'DecimalExponent' };
}

/** Brings a value to an exponent of at least nano, rounding away from zero. */
function settle(digits: bigint, exponent: number, format: QuantityFormat): Quantity {
  if (exponent >= MIN_EXPONENT) return { digits, exponent, format };
  return { digits: divideUp(digits, 10n ** BigInt(MIN_EXPONENT - exponent)), exponent: MIN_EXPONENT, format };
}
/** Upstream caps what does not fit an int64 while parsing. */
function capped(quantity: Quantity): Quantity {
  if (quantity.exponent <= 0 && quantity.digits <= MAX_INT64 && quantity.digits >= -MAX_INT64) return quantity;
  const whole = quantity.exponent >= 0 ? quantity.digits * 10n ** BigInt(quantity.exponent) : quantity.digits / 10n ** BigInt(-quantity.exponent);
  if (whole > MAX_INT64) return { digits: MAX_INT64, exponent: 0, format: quantity.format };
  if (whole < -MAX_INT64) return { digits: -MAX_INT64, exponent: 0, format: quantity.format };
  return quantity;
}
/** Division that rounds away from zero. */
function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  if (value % by === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

/** Whether the text is a quantity. */
export function isQuantity(text: string): boolean {
  try {
    parseQuantity(text);
    return true;
  } catch {
    return false;
  }
}

/** The canonical text: no fraction, the largest suffix that keeps it exact. */
export function formatQuantity(quantity: Quantity): string {
  if (quantity.digits === 0n) return '0';
  if (quantity.format === 'BinarySI') {
    const binary = formatBinary(quantity);
    if (binary !== undefined) return binary;
  }
  return formatDecimal(quantity);
}
function formatBinary(quantity: Quantity): string | undefined {
  const value = exactInteger(quantity);
  // Below 1024 and with a fraction upstream falls back to decimal suffixes.
  if (value === undefined || (value < 1024n && value > -1024n)) return undefined;
  for (const [suffix, size] of BINARY_SUFFIXES) if (value % size === 0n) return `${value / size}${suffix}`;
  return String(value);
}
function formatDecimal({ digits, exponent, format }: Quantity): string {
  let [mantissa, power] = [digits, exponent];
  while (mantissa % 10n === 0n) {
    mantissa /= 10n;
    power += 1;
  }
  while (power % 3 !== 0 || (format !== 'DecimalExponent' && power > 18)) {
    mantissa *= 10n;
    power -= 1;
  }
  if (format === 'DecimalExponent') return power === 0 ? String(mantissa) : `${mantissa}e${power}`;
  return `${mantissa}${DECIMAL_SUFFIX.get(power) ?? ''}`;
}
function exactInteger({ digits, exponent }: Quantity): bigint | undefined {
  if (exponent >= 0) return digits * 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(-exponent);
  return digits % divisor === 0n ? digits / divisor : undefined;
}

const canonical = new Map<string, string>();

/** The canonical text of a quantity's text (or number). Throws QuantityError. Remembers what it has seen. */
export function canonicalQuantity(value: string | number): string {
  const text = typeof value === 'number' ? String(value) : value.trim();
  return canonical.get(text) ?? remember(canonical, text, formatQuantity(parseQuantity(text)));
}

function asQuantity(value: Quantity | string): Quantity {
  return typeof value === 'string' ? parseQuantity(value) : value;
}
/** Both as integers of the smaller exponent. */
function aligned(a: Quantity, b: Quantity): [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [a.digits * 10n ** BigInt(a.exponent - exponent), b.digits * 10n ** BigInt(b.exponent - exponent), exponent];
}

/** Negative, 0 or positive as `a` is less than, equal to or more than `b`. */
export function compareQuantity(a: Quantity | string, b: Quantity | string): number {
  const [x, y] = aligned(asQuantity(a), asQuantity(b));
  return x < y ? -1 : x > y ? 1 : 0;
}
/** The sum; the format is that of `a`, or of `b` where `a` is zero. */
export function addQuantity(a: Quantity | string, b: Quantity | string): Quantity {
  return combine(asQuantity(a), asQuantity(b), 1n);
}
/** `a - b`; the format is that of `a`, or of `b` where `a` is zero. */
export function subtractQuantity(a: Quantity | string, b: Quantity | string): Quantity {
  return combine(asQuantity(a), asQuantity(b), -1n);
}
function combine(a: Quantity, b: Quantity, sign: bigint): Quantity {
  const [x, y, exponent] = aligned(a, b);
  return { digits: x + sign * y, exponent, format: a.digits === 0n ? b.format : a.format };
}
/** `a × factor`. */
export function multiplyQuantity(a: Quantity | string, factor: bigint | number): Quantity {
  const quantity = asQuantity(a);
  return { ...quantity, digits: quantity.digits * BigInt(factor) };
}
/** The value in units of 10^scale, rounded up (away from zero), as upstream's ScaledValue. */
export function scaledValue(value: Quantity | string, scale: number): bigint {
  const { digits, exponent } = asQuantity(value);
  return exponent >= scale ? digits * 10n ** BigInt(exponent - scale) : divideUp(digits, 10n ** BigInt(scale - exponent));
}
/** The value as a whole number, rounded up. */
export function quantityValue(value: Quantity | string): number {
  return Number(scaledValue(value, 0));
}
/** The value in thousandths, rounded up. */
export function quantityMilliValue(value: Quantity | string): number {
  return Number(scaledValue(value, -3));
}
/** The value as a float, for scores and display only. */
export function quantityToNumber(value: Quantity | string): number {
  const { digits, exponent } = asQuantity(value);
  return Number(digits) * 10 ** exponent;
}
/** A quantity of a whole number. */
export function quantityOf(value: bigint | number, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { digits: BigInt(value), exponent: 0, format };
}
/** A quantity of thousandths. */
export function milliQuantityOf(milliValue: bigint | number, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { digits: BigInt(milliValue), exponent: -3, format };
}
