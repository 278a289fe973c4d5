import { fail, noSuchOverload } from './errors.ts';
import { isInRange } from './time-text.ts';
import { CelDouble, CelDuration, CelList, CelTimestamp, CelUint, type CelValue, toInt } from './values.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;
const NANOS_PER_SECOND = 1_000_000_000n;

/** An int of 64 bits, or the failure that it does not fit. */
export function checkedInt(value: bigint): number | bigint {
  return value > INT64_MAX || value < INT64_MIN ? fail('integer overflow') : toInt(value);
}

/** A uint of 64 bits, or the failure that it does not fit. */
export function checkedUint(value: bigint): CelUint {
  return value > UINT64_MAX || value < 0n ? fail('unsigned integer overflow') : new CelUint(value);
}

function checkedDuration(nanos: bigint): CelDuration {
  return nanos > INT64_MAX || nanos < INT64_MIN ? fail('integer overflow') : new CelDuration(nanos);
}

/** A timestamp of nanoseconds since 1970, or the failure that it lies outside the years 1 to 9999. */
export function checkedTimestamp(total: bigint, offset = 0): CelTimestamp {
  let seconds = total / NANOS_PER_SECOND;
  let nanos = total % NANOS_PER_SECOND;
  if (nanos < 0n) {
    nanos += NANOS_PER_SECOND;
    seconds -= 1n;
  }
  return isInRange(Number(seconds)) ? new CelTimestamp(Number(seconds), Number(nanos), offset) : fail('timestamp overflow');
}

function isInt(value: CelValue): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** `a + b`. */
export function add(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (isInt(a) && isInt(b)) return checkedInt(BigInt(a) + BigInt(b));
  if (a instanceof CelList && b instanceof CelList) return a.concat(b);
  if (a instanceof CelDouble && b instanceof CelDouble) return new CelDouble(a.value + b.value);
  if (a instanceof CelUint && b instanceof CelUint) return checkedUint(BigInt(a.value) + BigInt(b.value));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return new Uint8Array(Buffer.concat([a, b]));
  if (a instanceof CelDuration && b instanceof CelDuration) return checkedDuration(a.nanos + b.nanos);
  if (a instanceof CelTimestamp && b instanceof CelDuration) return checkedTimestamp(a.totalNanos + b.nanos, a.offset);
  if (a instanceof CelDuration && b instanceof CelTimestamp) return checkedTimestamp(a.nanos + b.totalNanos, b.offset);
  return noSuchOverload();
}

/** `a - b`. */
export function subtract(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  if (isInt(a) && isInt(b)) return checkedInt(BigInt(a) - BigInt(b));
  if (a instanceof CelDouble && b instanceof CelDouble) return new CelDouble(a.value - b.value);
  if (a instanceof CelUint && b instanceof CelUint) return checkedUint(BigInt(a.value) - BigInt(b.value));
  if (a instanceof CelDuration && b instanceof CelDuration) return checkedDuration(a.nanos - b.nanos);
  if (a instanceof CelTimestamp && b instanceof CelDuration) return checkedTimestamp(a.totalNanos - b.nanos, a.offset);
  if (a instanceof CelTimestamp && b instanceof CelTimestamp) return checkedDuration(a.totalNanos - b.totalNanos);
  return noSuchOverload();
}

/** `a * b`. */
export function multiply(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product + 0;
  }
  if (isInt(a) && isInt(b)) return checkedInt(BigInt(a) * BigInt(b));
  if (a instanceof CelDouble && b instanceof CelDouble) return new CelDouble(a.value * b.value);
  if (a instanceof CelUint && b instanceof CelUint) return checkedUint(BigInt(a.value) * BigInt(b.value));
  return noSuchOverload();
}

/** `a / b`; integers are cut towards zero. */
export function divide(a: CelValue, b: CelValue): CelValue {
  if (a instanceof CelDouble && b instanceof CelDouble) return new CelDouble(a.value / b.value);
  if (isInt(a) && isInt(b)) return isZero(b) ? fail('division by zero') : checkedInt(BigInt(a) / BigInt(b));
  if (a instanceof CelUint && b instanceof CelUint) return isZero(b.value) ? fail('division by zero') : checkedUint(BigInt(a.value) / BigInt(b.value));
  return noSuchOverload();
}

/** `a % b`, with the sign of `a`. */
export function modulo(a: CelValue, b: CelValue): CelValue {
  if (isInt(a) && isInt(b)) {
    if (isZero(b)) fail('modulus by zero');
    if (BigInt(a) === INT64_MIN && b === -1) fail('integer overflow');
    return typeof a === 'number' && typeof b === 'number' ? (a % b) + 0 : toInt(BigInt(a) % BigInt(b));
  }
  if (a instanceof CelUint && b instanceof CelUint) return isZero(b.value) ? fail('modulus by zero') : checkedUint(BigInt(a.value) % BigInt(b.value));
  return noSuchOverload();
}

/** `-a`. */
export function negate(a: CelValue): CelValue {
  if (typeof a === 'number') return 0 - a;
  if (typeof a === 'bigint') return checkedInt(-a);
  if (a instanceof CelDouble) return new CelDouble(-a.value);
  return noSuchOverload();
}

function isZero(value: number | bigint): boolean {
  return value === 0 || value === 0n;
}

/** An integer beside a double is compared as a double, as cel-go does. Below, at or above zero as `a` is below, equal to or above `b`; NaN when they have no order. */
export function compare(a: CelValue, b: CelValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  const left = numeric(a);
  const right = numeric(b);
  if (left !== undefined && right !== undefined)
    return a instanceof CelDouble || b instanceof CelDouble ? Number(left) - Number(right) : left < right ? -1 : left > right ? 1 : 0;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (a instanceof CelTimestamp && b instanceof CelTimestamp) return a.seconds - b.seconds || a.nanos - b.nanos;
  if (a instanceof CelDuration && b instanceof CelDuration) return Number(a.nanos - b.nanos);
  return noSuchOverload();
}

function numeric(value: CelValue): number | bigint | undefined {
  if (isInt(value)) return value;
  return value instanceof CelDouble || value instanceof CelUint ? value.value : undefined;
}

/** Compares by code points, as Go compares bytes of UTF-8. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    const isLeftPair = left >= 0xd800 && left <= 0xdfff;
    const isRightPair = right >= 0xd800 && right <= 0xdfff;
    return isLeftPair === isRightPair ? left - right : isLeftPair ? 1 : -1;
  }
  return a.length - b.length;
}
