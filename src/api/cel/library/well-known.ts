import { checkedInt, checkedTimestamp, checkedUint } from '../arithmetic.ts';
import type { CelLibrary, CelMessage } from '../environment.ts';
import { fail } from '../errors.ts';
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
  nullable,
  stringType,
  timestampType,
  uintType,
} from '../types.ts';
import { ArrayList, CelDouble, CelDuration, CelUint, type CelValue, integerOf, ValueMap } from '../values.ts';

const NANOS_PER_SECOND = 1_000_000_000n;

function message(name: string, type: CelType, fields: Readonly<Record<string, CelType>>, make: CelMessage['make']): CelMessage {
  return { name: `google.protobuf.${name}`, type, fields, make };
}

/** A wrapper is the value that it wraps; without one, the empty value. */
function wrapper(name: string, type: CelType, empty: CelValue, convert: (value: CelValue) => CelValue = (value) => value): CelMessage {
  return message(name, nullable(type), { value: type }, (fields) => convert(fields.get('value') ?? empty));
}

function inRange(low: number, high: number) {
  return (value: CelValue): CelValue => {
    const integer = Number(integerOf(value));
    return integer < low || integer > high ? fail('integer overflow') : value;
  };
}

function toFloat(value: CelValue): CelValue {
  return new CelDouble(Math.fround((value as CelDouble).value));
}

function totalNanos(fields: ReadonlyMap<string, CelValue>): bigint {
  const part = (name: string): bigint => BigInt(integerOf(fields.get(name) ?? 0) ?? 0);
  return part('seconds') * NANOS_PER_SECOND + part('nanos');
}

const PARTS = { seconds: intType, nanos: intType };
const VALUE_FIELDS: Readonly<Record<string, CelType>> = {
  null_value: intType,
  number_value: doubleType,
  string_value: stringType,
  bool_value: boolType,
  struct_value: mapOf(stringType, dynType),
  list_value: listOf(dynType),
};

/** `Value{...}` is the value of the one field that it has. */
function valueOf(fields: ReadonlyMap<string, CelValue>): CelValue {
  for (const [name, value] of fields) return name === 'null_value' ? null : value;
  return null;
}

/** protobuf's well-known types, which are values of CEL itself once made. cel-go knows them in every environment, Kubernetes' too. */
export const WELL_KNOWN: CelLibrary = {
  name: 'google.protobuf',
  constants: { 'google.protobuf.NullValue.NULL_VALUE': { type: intType, value: 0 } },
  messages: [
    wrapper('BoolValue', boolType, false),
    wrapper('BytesValue', bytesType, new Uint8Array()),
    wrapper('DoubleValue', doubleType, new CelDouble(0)),
    wrapper('FloatValue', doubleType, new CelDouble(0), toFloat),
    wrapper('Int32Value', intType, 0, inRange(-(2 ** 31), 2 ** 31 - 1)),
    wrapper('Int64Value', intType, 0, (value) => checkedInt(BigInt(integerOf(value) ?? 0))),
    wrapper('StringValue', stringType, ''),
    wrapper('UInt32Value', uintType, new CelUint(0), inRange(0, 2 ** 32 - 1)),
    wrapper('UInt64Value', uintType, new CelUint(0), (value) => checkedUint(BigInt(integerOf(value) ?? 0))),
    message('Timestamp', timestampType, PARTS, (fields) => checkedTimestamp(totalNanos(fields))),
    message('Duration', durationType, PARTS, (fields) => new CelDuration(totalNanos(fields))),
    message('ListValue', listOf(dynType), { values: listOf(dynType) }, (fields) => fields.get('values') ?? new ArrayList([])),
    message('Struct', mapOf(stringType, dynType), { fields: mapOf(stringType, dynType) }, (fields) => fields.get('fields') ?? new ValueMap()),
    message('Value', dynType, VALUE_FIELDS, valueOf),
  ],
};
