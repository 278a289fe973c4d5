import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  dynType,
  intType,
  listOf,
  mapOf,
  nullType,
  optionalOf,
  stringType,
  timestampType,
  typeOf,
  uintType,
} from './types.ts';

/*
 * One file, longer than most: lists and maps compare their elements by celEquals, which knows all classes.
 */

/**
 * A value while an expression runs.
 * An int is a number while it is safe and a bigint beyond (`toInt` keeps that rule), so that JSON's integers need no conversion; a double and a uint are boxed.
 */
export type CelValue = null | boolean | string | number | bigint | Uint8Array | CelBoxed;

/** Every value that is not a JavaScript primitive or bytes. Extend it for a library's own types. */
export abstract class CelBoxed {
  abstract readonly type: CelType;
  /** Compares with a value that is not the same object. */
  abstract equals(other: CelValue): boolean;
  /** What `size()` and the cost of comparing count; absent for values without one. */
  get size(): number | undefined {
    return undefined;
  }
}

/** A double. */
export class CelDouble extends CelBoxed {
  readonly value: number;

  constructor(value: number) {
    super();
    this.value = value;
  }

  get type(): CelType {
    return doubleType;
  }

  equals(other: CelValue): boolean {
    if (other instanceof CelDouble) return this.value === other.value;
    const integer = integerOf(other);
    return integer !== undefined && (typeof integer === 'number' ? integer === this.value : Number.isInteger(this.value) && BigInt(this.value) === integer);
  }
}

/** An unsigned 64 bit integer: a number while it is safe, a bigint beyond. */
export class CelUint extends CelBoxed {
  readonly value: number | bigint;

  constructor(value: number | bigint) {
    super();
    this.value = toInt(value);
  }

  get type(): CelType {
    return uintType;
  }

  equals(other: CelValue): boolean {
    if (other instanceof CelDouble) return other.equals(this);
    return integerOf(other) === this.value;
  }
}

/** A point in time to the nanosecond; `nanos` is at least 0 and below 1e9. */
export class CelTimestamp extends CelBoxed {
  readonly seconds: number;
  readonly nanos: number;
  /** Seconds east of UTC that it was written with: only its text shows that. */
  readonly offset: number;

  constructor(seconds: number, nanos: number, offset = 0) {
    super();
    this.seconds = seconds;
    this.nanos = nanos;
    this.offset = offset;
  }

  get type(): CelType {
    return timestampType;
  }

  equals(other: CelValue): boolean {
    return other instanceof CelTimestamp && other.seconds === this.seconds && other.nanos === this.nanos;
  }

  /** Nanoseconds since 1970. */
  get totalNanos(): bigint {
    return BigInt(this.seconds) * 1_000_000_000n + BigInt(this.nanos);
  }
}

/** A span of time in nanoseconds. */
export class CelDuration extends CelBoxed {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    super();
    this.nanos = nanos;
  }

  get type(): CelType {
    return durationType;
  }

  equals(other: CelValue): boolean {
    return other instanceof CelDuration && other.nanos === this.nanos;
  }
}

/** A list. `get` answers for 0 <= index < size only. */
export abstract class CelList extends CelBoxed {
  readonly type: CelType;

  constructor(type: CelType = LIST_TYPE) {
    super();
    this.type = type;
  }

  abstract override get size(): number;
  abstract get(index: number): CelValue;

  equals(other: CelValue): boolean {
    if (!(other instanceof CelList) || other.size !== this.size) return false;
    for (let i = 0; i < this.size; i++) if (!celEquals(this.get(i), other.get(i))) return false;
    return true;
  }

  /** The list with another's elements after its own. */
  concat(other: CelList): CelList {
    return new ArrayList([...this, ...other]);
  }

  contains(value: CelValue): boolean {
    for (let i = 0; i < this.size; i++) if (celEquals(this.get(i), value)) return true;
    return false;
  }

  *[Symbol.iterator](): Iterator<CelValue> {
    for (let i = 0; i < this.size; i++) yield this.get(i);
  }
}

/** A list of CEL values. */
export class ArrayList extends CelList {
  readonly values: readonly CelValue[];

  constructor(values: readonly CelValue[]) {
    super();
    this.values = values;
  }

  get size(): number {
    return this.values.length;
  }

  get(index: number): CelValue {
    return this.values[index] as CelValue;
  }
}

/** A map, or an object of JSON read as one. */
export abstract class CelMap extends CelBoxed {
  readonly type: CelType;

  constructor(type: CelType = MAP_TYPE) {
    super();
    this.type = type;
  }

  abstract override get size(): number;
  /** The value under a key; undefined when there is none. */
  abstract find(key: CelValue): CelValue | undefined;
  abstract keys(): Iterable<CelValue>;

  /** Whether the key is there; without making its value. */
  has(key: CelValue): boolean {
    return this.find(key) !== undefined;
  }

  equals(other: CelValue): boolean {
    if (!(other instanceof CelMap) || other.size !== this.size) return false;
    for (const key of this.keys()) {
      const theirs = other.find(key);
      if (theirs === undefined || !celEquals(this.find(key) as CelValue, theirs)) return false;
    }
    return true;
  }
}

/** A map of CEL values; the keys are bools, ints, uints and strings. */
export class ValueMap extends CelMap {
  readonly #entries = new Map<boolean | string | number | bigint, { key: CelValue; value: CelValue }>();

  constructor(entries: Iterable<readonly [CelValue, CelValue]> = []) {
    super();
    for (const [key, value] of entries) this.#entries.set(keyOf(key) as string, { key, value });
  }

  get size(): number {
    return this.#entries.size;
  }

  find(key: CelValue): CelValue | undefined {
    const own = keyOf(key);
    return own === undefined ? undefined : this.#entries.get(own)?.value;
  }

  *keys(): Iterable<CelValue> {
    for (const { key } of this.#entries.values()) yield key;
  }
}

/** A value that may be absent. */
export class CelOptional extends CelBoxed {
  static readonly none = new CelOptional(undefined);
  readonly value: CelValue | undefined;

  constructor(value: CelValue | undefined) {
    super();
    this.value = value;
  }

  get type(): CelType {
    return OPTIONAL_TYPE;
  }

  equals(other: CelValue): boolean {
    if (!(other instanceof CelOptional)) return false;
    if (this.value === undefined || other.value === undefined) return this.value === other.value;
    return celEquals(this.value, other.value);
  }
}

/** A type as a value: what `type(x)` gives. Two are equal when their names are. */
export class CelTypeValue extends CelBoxed {
  readonly of: CelType;

  constructor(of: CelType) {
    super();
    this.of = of;
  }

  get type(): CelType {
    return TYPE_TYPE;
  }

  equals(other: CelValue): boolean {
    return other instanceof CelTypeValue && other.of.name === this.of.name;
  }
}

const LIST_TYPE = listOf(dynType);
const MAP_TYPE = mapOf(dynType, dynType);
const OPTIONAL_TYPE = optionalOf(dynType);
const TYPE_TYPE = typeOf(dynType);

/** The int of a number or bigint, in its one representation: a number when it is safe. */
export function toInt(value: number | bigint): number | bigint {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value + 0 : BigInt(value);
  return value >= -0x1fffffffffffffn && value <= 0x1fffffffffffffn ? Number(value) : value;
}

/** The integer that an int or uint holds; undefined for other values. */
export function integerOf(value: CelValue): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  return value instanceof CelUint ? value.value : undefined;
}

/** A map key without its box; undefined for what cannot be one. A double that is an integer finds that integer. */
function keyOf(key: CelValue): boolean | string | number | bigint | undefined {
  if (typeof key === 'string' || typeof key === 'boolean') return key;
  if (key instanceof CelDouble) return Number.isInteger(key.value) ? toInt(BigInt(key.value)) : undefined;
  return integerOf(key);
}

/** CEL's `==`: values of different types are unequal, numbers compare across types. */
export function celEquals(a: CelValue, b: CelValue): boolean {
  if (a === b) return !(a instanceof CelDouble) || !Number.isNaN(a.value);
  if (a === null || b === null) return false;
  if (a instanceof CelBoxed) return a.equals(b);
  if (b instanceof CelBoxed) return b instanceof CelDouble || b instanceof CelUint ? b.equals(a) : false;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return false;
}

/** The type of a value. */
export function typeOfValue(value: CelValue): CelType {
  if (value === null) return nullType;
  switch (typeof value) {
    case 'boolean':
      return boolType;
    case 'string':
      return stringType;
    case 'number':
    case 'bigint':
      return intType;
    default:
      return value instanceof Uint8Array ? bytesType : value.type;
  }
}

/** How many characters (code points) a string has. */
export function characterCount(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(i + 1);
    if (next >= 0xdc00 && next <= 0xdfff) {
      count--;
      i++;
    }
  }
  return count;
}
