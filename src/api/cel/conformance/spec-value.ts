import { adaptJson } from '../json-adapter.ts';
import { WELL_KNOWN } from '../library/well-known.ts';
import { parseDuration, parseTimestamp } from '../time-text.ts';
import {
  anyType,
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
  nullType,
  opaque,
  stringType,
  timestampType,
  typeOf,
  typeParam,
  uintType,
} from '../types.ts';
import { ArrayList, CelDouble, CelDuration, CelTypeValue, CelUint, type CelValue, toInt, ValueMap } from '../values.ts';

/** `cel.expr.Type` in JSON. */
export interface SpecType {
  readonly primitive?: string;
  readonly wellKnown?: string;
  readonly wrapper?: string;
  readonly dyn?: unknown;
  readonly null?: unknown;
  readonly listType?: { readonly elemType?: SpecType };
  readonly mapType?: { readonly keyType: SpecType; readonly valueType: SpecType };
  readonly type?: SpecType;
  readonly typeParam?: string;
  readonly abstractType?: { readonly name: string; readonly parameterTypes?: readonly SpecType[] };
  readonly messageType?: string;
}

/** `cel.expr.Value` in JSON. */
export interface SpecValue {
  readonly int64Value?: string;
  readonly uint64Value?: string;
  readonly doubleValue?: number | string;
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly nullValue?: unknown;
  readonly bytesValue?: string;
  readonly listValue?: { readonly values?: readonly SpecValue[] };
  readonly mapValue?: { readonly entries?: readonly { readonly key: SpecValue; readonly value: SpecValue }[] };
  readonly typeValue?: string;
  readonly objectValue?: { readonly '@type': string; readonly value?: unknown };
}

const NAMED: Readonly<Record<string, CelType>> = {
  BOOL: boolType,
  INT64: intType,
  UINT64: uintType,
  DOUBLE: doubleType,
  STRING: stringType,
  BYTES: bytesType,
  ANY: anyType,
  TIMESTAMP: timestampType,
  DURATION: durationType,
};

function named(name: string): CelType {
  return NAMED[name] ?? unknown('type', name);
}

function unknown(what: string, found: unknown): never {
  throw new Error(`no ${what} for ${JSON.stringify(found)}`);
}

/** The type that a case names. */
export function typeOfSpec(type: SpecType): CelType {
  if (type.primitive ?? type.wellKnown) return named((type.primitive ?? type.wellKnown) as string);
  if (type.wrapper) return nullable(named(type.wrapper));
  if ('dyn' in type) return dynType;
  if ('null' in type) return nullType;
  if (type.listType) return listOf(type.listType.elemType ? typeOfSpec(type.listType.elemType) : dynType);
  if (type.mapType) return mapOf(typeOfSpec(type.mapType.keyType), typeOfSpec(type.mapType.valueType));
  if (type.type) return typeOf(typeOfSpec(type.type));
  if (type.typeParam) return typeParam(type.typeParam);
  if (type.abstractType) return opaque(type.abstractType.name, ...(type.abstractType.parameterTypes ?? []).map(typeOfSpec));
  return wellKnownMessage(type.messageType ?? '')?.type ?? unknown('type', type);
}

function wellKnownMessage(name: string) {
  return WELL_KNOWN.messages?.find((message) => message.name === name);
}

/** The value that a case gives or wants. */
export function valueOfSpec(value: SpecValue): CelValue {
  if (value.int64Value !== undefined) return toInt(BigInt(value.int64Value));
  if (value.uint64Value !== undefined) return new CelUint(BigInt(value.uint64Value));
  if (value.doubleValue !== undefined) return new CelDouble(Number(value.doubleValue));
  if (value.bytesValue !== undefined) return new Uint8Array(Buffer.from(value.bytesValue, 'base64'));
  if (value.listValue) return new ArrayList((value.listValue.values ?? []).map(valueOfSpec));
  if (value.mapValue) return new ValueMap((value.mapValue.entries ?? []).map((entry) => [valueOfSpec(entry.key), valueOfSpec(entry.value)] as const));
  if (value.typeValue !== undefined) return new CelTypeValue({ kind: 'type', name: value.typeValue, params: [] });
  if (value.objectValue) return wellKnown(value.objectValue);
  if ('nullValue' in value) return null;
  return value.stringValue ?? value.boolValue ?? unknown('value', value);
}

function wellKnown(object: { readonly '@type': string; readonly value?: unknown }): CelValue {
  const text = typeof object.value === 'string' ? object.value : '';
  if (object['@type'].endsWith('.Timestamp')) return parseTimestamp(text) ?? unknown('value', object);
  if (object['@type'].endsWith('.Duration')) return new CelDuration(parseDuration(text) ?? unknown('value', object));
  const message = wellKnownMessage(object['@type'].replace('type.googleapis.com/', ''));
  return message ? jsonOf(object.value, message.type) : unknown('value', object);
}

/** protobuf's JSON: 64 bit integers are texts, and numbers of no declared type are doubles. */
function jsonOf(json: unknown, type: CelType): CelValue {
  if (type.kind === 'int') return toInt(BigInt(json as string));
  if (type.kind === 'uint') return new CelUint(BigInt(json as string));
  if (type.kind === 'double' || (typeof json === 'number' && type.kind !== 'list')) return new CelDouble(Number(json));
  if (Array.isArray(json)) return new ArrayList(json.map((element) => jsonOf(element, dynType)));
  if (typeof json !== 'object' || json === null) return adaptJson(json, type);
  return new ValueMap(Object.entries(json).map(([key, value]) => [key, jsonOf(value, dynType)] as const));
}
