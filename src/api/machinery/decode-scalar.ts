/** Decoders of scalars: checks, canonical forms, and Go's texts for what does not fit. */
import { DurationError, formatDurationNanoseconds, parseDurationNanoseconds } from './duration.ts';
import type { JsonValue } from './json.ts';
import { canonicalQuantity, QUANTITY_ERROR, QuantityError } from './quantity.ts';
import type { ScalarSchema } from './schema.ts';
import { parseMicroTime, parseTime } from './time.ts';

/** Where the decoder is, and what it found; one per decoded object. */
export interface DecodeState {
  /** Segments `.spec`, `[0]` down to the current container; entries from `depth` on are stale. */
  readonly path: string[];
  depth: number;
  /** The innermost struct, as Go names it in errors. */
  struct: string;
  readonly unknown: string[];
}
/** Decodes a value that is not null; `name` is its last path segment. Returns the same value where nothing changed. */
export type Decode = (value: JsonValue, state: DecodeState, name: string) => JsonValue;

export interface Decoder {
  readonly decode: Decode;
  /** What Go's zero value of the type encodes to. */
  zero(): JsonValue;
  /** Whether a decoded value is what omitempty leaves out. */
  isEmpty(value: JsonValue): boolean;
}

/** A value that Go could not decode into the type; the message is Go's. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  /** How upstream words it where it converts the parsed object instead of its text (strategic merge patches). */
  readonly conversionText: string;

  constructor(message: string, options: ErrorOptions & { conversionText?: string } = {}) {
    super(message, options);
    this.conversionText = options.conversionText ?? message;
  }
}

/** `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`. */
export function mismatch(value: JsonValue, goType: string, state: DecodeState, name: string, found = jsonKind(value), container?: Container): DecodeError {
  // Go's path leaves out list indexes and map keys; a list's elements are reported at the list.
  const path = [...state.path.slice(0, state.depth), name]
    .filter((segment) => segment.startsWith('.'))
    .join('')
    .slice(1);
  const where = path ? `Go struct field ${state.struct}.${path}` : 'Go value';
  return new DecodeError(`json: cannot unmarshal ${found} into ${where} of type ${goType}`, { conversionText: conversionText(value, goType, container) });
}

/** What Go makes of a type that is no scalar. */
export type Container = 'slice' | 'map' | 'struct';
function conversionText(value: JsonValue, goType: string, container: Container | undefined): string {
  const kind = Array.isArray(value) ? 'slice' : typeof value === 'object' ? 'map' : scalarKind(value);
  if (container) return container === 'struct' ? `cannot restore struct from: ${kind}` : `cannot restore ${container} from ${kind}`;
  // What Go itself could convert is told apart, be the conversion wanted or not: numbers, and integers (which are runes) to texts.
  const goKind = /^(?:bool|u?int\d*|float\d*)$/.test(goType) ? goType : 'string';
  const isConvertible = goKind === 'string' ? kind === 'int64' : goKind !== 'bool' && (kind === 'int64' || kind === 'float64');
  return isConvertible ? `cannot convert ${kind} to ${goType}` : `unrecognized type: ${goKind}`;
}
function scalarKind(value: JsonValue): string {
  if (typeof value === 'boolean') return 'bool';
  if (isBig(value)) return fitsInt64(value) ? 'int64' : 'float64';
  return typeof value === 'number' ? (Number.isInteger(value) ? 'int64' : 'float64') : 'string';
}
function jsonKind(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  if (isBig(value)) return 'number';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Integers beyond 2^53. */
function isBig(value: JsonValue | bigint): value is bigint {
  return typeof value === 'bigint';
}
function fitsInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

const INTEGER_RANGES = { int32: [-2147483648, 2147483647], int64: [-(2 ** 63), 2 ** 63], uint16: [0, 65535] } as const;

/** The decoder of a scalar type. */
export function decodeScalar(schema: ScalarSchema): Decoder {
  const { scalar, goType } = schema;
  switch (scalar) {
    case 'string':
      return stringDecoder(goType);
    case 'bool':
      return {
        decode: (value, state, name) => {
          if (typeof value !== 'boolean') throw mismatch(value, goType, state, name);
          return value;
        },
        zero: () => false,
        isEmpty: (value) => value === false,
      };
    case 'int32':
    case 'int64':
    case 'uint16':
      return integerDecoder(goType, INTEGER_RANGES[scalar]);
    case 'float64':
      return {
        decode: (value, state, name) => {
          if (isBig(value)) return Number(value);
          if (typeof value !== 'number') throw mismatch(value, goType, state, name);
          return value;
        },
        zero: () => 0,
        isEmpty: (value) => value === 0,
      };
    case 'raw':
      return { decode: (value) => value, zero: () => null, isEmpty: () => false };
    default:
      return { decode: TEXT_DECODERS[scalar], zero: () => ZEROS[scalar], isEmpty: (value) => (scalar === 'bytes' ? value === '' : value === null) };
  }
}

function stringDecoder(goType: string): Decoder {
  return {
    decode: (value, state, name) => {
      if (typeof value !== 'string') throw mismatch(value, goType, state, name);
      return value;
    },
    zero: () => '',
    isEmpty: (value) => value === '',
  };
}
function integerDecoder(goType: string, [min, max]: readonly [number, number]): Decoder {
  return {
    decode: (value, state, name) => {
      if (isBig(value)) {
        if (max > Number.MAX_SAFE_INTEGER && fitsInt64(value)) return value;
        throw mismatch(value, goType, state, name, `number ${value}`);
      }
      if (typeof value !== 'number') throw mismatch(value, goType, state, name);
      if (!Number.isInteger(value) || value < min || value > max) throw mismatch(value, goType, state, name, `number ${value}`);
      return value;
    },
    zero: () => 0,
    isEmpty: (value) => value === 0,
  };
}

type TextScalar = 'bytes' | 'quantity' | 'time' | 'microTime' | 'duration' | 'intOrString';
const ZEROS: Readonly<Record<TextScalar, JsonValue>> = { bytes: null, quantity: '0', time: null, microTime: null, duration: '0s', intOrString: 0 };

const TEXT_DECODERS: Readonly<Record<TextScalar, Decoder['decode']>> = {
  bytes(value, state, name) {
    if (typeof value !== 'string') throw mismatch(value, '[]uint8', state, name, undefined, 'slice');
    return canonicalBase64(value);
  },
  quantity(value) {
    if (isBig(value)) return quoting(QuantityError, () => canonicalQuantity(String(value)));
    if (typeof value !== 'string' && typeof value !== 'number') throw new DecodeError(QUANTITY_ERROR);
    return quoting(QuantityError, () => canonicalQuantity(value));
  },
  time: (value) => timeText(value, parseTime),
  microTime: (value) => timeText(value, parseMicroTime),
  duration(value) {
    if (typeof value !== 'string') throw new DecodeError(`json: cannot unmarshal ${jsonKind(value)} into Go value of type string`);
    return quoting(DurationError, () => formatDurationNanoseconds(parseDurationNanoseconds(value)));
  },
  intOrString(value) {
    if (typeof value === 'string') return value;
    if (isBig(value)) throw new DecodeError(`json: cannot unmarshal number ${value} into Go value of type int32`);
    if (typeof value !== 'number') throw new DecodeError(`json: cannot unmarshal ${jsonKind(value)} into Go value of type int32`);
    const [min, max] = INTEGER_RANGES.int32;
    if (!Number.isInteger(value) || value < min || value > max) throw new DecodeError(`json: cannot unmarshal number ${value} into Go value of type int32`);
    return value;
  },
};

function timeText(value: JsonValue, parse: (text: string) => { value: string | null } | { error: string }): JsonValue {
  if (typeof value !== 'string') throw new DecodeError(`json: cannot unmarshal ${jsonKind(value)} into Go value of type string`);
  const result = parse(value);
  if ('error' in result) throw new DecodeError(result.error);
  return result.value;
}
function quoting<T>(errorClass: new (message: string) => Error, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof errorClass) throw new DecodeError(error.message, { cause: error });
    throw error;
  }
}

/** Go's base64.StdEncoding ignores line breaks and is strict about everything else. */
function canonicalBase64(text: string): string {
  const clean = text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]/g, '') : text;
  if (clean.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(clean)) return clean;
  const bad = clean.search(/[^A-Za-z0-9+/]/);
  const paddingMayStart = bad >= 0 && clean[bad] === '=' && bad % 4 >= 2;
  const at = bad < 0 ? clean.length - (clean.length % 4) : paddingMayStart ? Math.min(bad + (4 - (bad % 4)), clean.length) : bad;
  const message = `illegal base64 data at input byte ${at}`;
  throw new DecodeError(message, { conversionText: `error decoding from json: ${message}` });
}
