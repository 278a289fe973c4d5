import { checkedInt, checkedTimestamp, checkedUint } from '../arithmetic.ts';
import { fail } from '../errors.ts';
import { type CelFunction, type CelOverload, celFunction, overload } from '../functions.ts';
import { parseDuration, parseTimestamp } from '../time-text.ts';
import { textOf } from '../value-text.ts';
import { boolType, bytesType, type CelType, doubleType, durationType, intType, stringType, timestampType, typeOf, typeParam, uintType } from '../types.ts';
import { CelDouble, CelDuration, type CelTimestamp, CelTypeValue, CelUint, type CelValue, integerOf, toInt, typeOfValue } from '../values.ts';

const NANOS_PER_SECOND = 1_000_000_000n;

function conversionError(from: string, to: string): never {
  return fail(`type conversion error from '${from}' to '${to}'`);
}

function identity(id: string, type: CelType) {
  return overload(id, [type], type, (value) => value as CelValue);
}

function doubleToInteger(value: number, bounds: readonly [number, number], message: string): bigint {
  const [low, high] = bounds;
  return Number.isFinite(value) && value > low && value < high ? BigInt(Math.trunc(value)) : fail(message);
}

function parseInteger(text: string, to: 'int' | 'uint'): bigint {
  const pattern = to === 'int' ? /^[+-]?\d+$/ : /^\d+$/;
  return pattern.test(text) ? BigInt(text.replace(/^\+/, '')) : conversionError('string', to);
}

function stringToInt(text: string): number | bigint {
  const value = parseInteger(text, 'int');
  return value > 2n ** 63n - 1n || value < -(2n ** 63n) ? conversionError('string', 'int') : toInt(value);
}

function stringToUint(text: string): CelUint {
  const value = parseInteger(text, 'uint');
  return value > 2n ** 64n - 1n ? conversionError('string', 'uint') : new CelUint(value);
}

/** A double of Go's `ParseFloat`. */
function stringToDouble(text: string): CelDouble {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special) return new CelDouble(special[2]?.toLowerCase() === 'nan' ? Number.NaN : special[1] === '-' ? -Infinity : Infinity);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return conversionError('string', 'double');
  const value = Number(text);
  return Number.isFinite(value) ? new CelDouble(value) : conversionError('string', 'double');
}

const BOOLS: Readonly<Record<string, boolean>> = {};
for (const text of ['1', 't', 'T', 'TRUE', 'true', 'True']) Object.assign(BOOLS, { [text]: true });
for (const text of ['0', 'f', 'F', 'FALSE', 'false', 'False']) Object.assign(BOOLS, { [text]: false });

function bytesToString(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail('invalid UTF-8 in bytes, cannot convert to string');
  }
}

function text(id: string, type: CelType): CelOverload {
  return overload(id, [type], stringType, (value) => textOf(value as CelValue));
}

/** cel-spec's conversions, `type()` among them. */
export const CONVERSIONS: readonly CelFunction[] = [
  celFunction(
    'bool',
    identity('bool_to_bool', boolType),
    overload('string_to_bool', [stringType], boolType, (value) => BOOLS[value as string] ?? conversionError('string', 'bool')),
  ),
  celFunction(
    'bytes',
    identity('bytes_to_bytes', bytesType),
    overload('string_to_bytes', [stringType], bytesType, (value) => new Uint8Array(Buffer.from(value as string))),
  ),
  celFunction(
    'double',
    identity('double_to_double', doubleType),
    overload('int64_to_double', [intType], doubleType, (value) => new CelDouble(Number(value))),
    overload('string_to_double', [stringType], doubleType, (value) => stringToDouble(value as string)),
    overload('uint64_to_double', [uintType], doubleType, (value) => new CelDouble(Number((value as CelUint).value))),
  ),
  celFunction(
    'duration',
    identity('duration_to_duration', durationType),
    overload('int64_to_duration', [intType], durationType, (value) => new CelDuration(BigInt(value as number))),
    overload(
      'string_to_duration',
      [stringType],
      durationType,
      (value) => new CelDuration(parseDuration(value as string) ?? conversionError('string', 'google.protobuf.Duration')),
    ),
  ),
  celFunction(
    'int',
    identity('int64_to_int64', intType),
    overload('double_to_int64', [doubleType], intType, (value) =>
      toInt(doubleToInteger((value as CelDouble).value, [-(2 ** 63), 2 ** 63], 'integer overflow')),
    ),
    overload('duration_to_int64', [durationType], intType, (value) => toInt((value as CelDuration).nanos)),
    overload('string_to_int64', [stringType], intType, (value) => stringToInt(value as string)),
    overload('timestamp_to_int64', [timestampType], intType, (value) => (value as CelTimestamp).seconds),
    overload('uint64_to_int64', [uintType], intType, (value) => checkedInt(BigInt((value as CelUint).value))),
  ),
  celFunction(
    'string',
    identity('string_to_string', stringType),
    text('bool_to_string', boolType),
    overload('bytes_to_string', [bytesType], stringType, (value) => bytesToString(value as Uint8Array)),
    text('double_to_string', doubleType),
    text('duration_to_string', durationType),
    text('int64_to_string', intType),
    text('timestamp_to_string', timestampType),
    text('uint64_to_string', uintType),
  ),
  celFunction(
    'timestamp',
    identity('timestamp_to_timestamp', timestampType),
    overload('int64_to_timestamp', [intType], timestampType, (value) => checkedTimestamp(BigInt(value as number) * NANOS_PER_SECOND)),
    overload(
      'string_to_timestamp',
      [stringType],
      timestampType,
      (value) => parseTimestamp(value as string) ?? conversionError('string', 'google.protobuf.Timestamp'),
    ),
  ),
  celFunction(
    'type',
    overload('type', [typeParam('A')], typeOf(typeParam('A')), (value) => new CelTypeValue(typeOfValue(value as CelValue))),
  ),
  celFunction(
    'uint',
    identity('uint64_to_uint64', uintType),
    overload(
      'double_to_uint64',
      [doubleType],
      uintType,
      (value) => new CelUint(doubleToInteger((value as CelDouble).value, [-1, 2 ** 64], 'unsigned integer overflow')),
    ),
    overload('int64_to_uint64', [intType], uintType, (value) => checkedUint(BigInt(integerOf(value as CelValue) as number))),
    overload('string_to_uint64', [stringType], uintType, (value) => stringToUint(value as string)),
  ),
];
