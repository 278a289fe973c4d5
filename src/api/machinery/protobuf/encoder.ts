/**
 * Compiles structs to closures that write their messages as gogo's Marshal of upstream's Go structs does: fields by number; what is no pointer is
 * written even when it is zero; maps sorted by key. The writer goes backward, so everything here runs from the last to the first.
 */
import { parseDurationNanoseconds } from '../duration.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { SchemaRef } from '../schema.ts';
import { type FieldShape, messageShape, type ValueShape } from './message-shape.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';

/** Writes a message's fields, without its length. What is of another type than the struct's is written as zero. */
export type EncodeMessage = (writer: ProtobufWriter, value: JsonValue | undefined) => void;
type EncodeField = (writer: ProtobufWriter, owner: JsonObject) => void;
/** Writes a value with its tag. */
type EncodeValue = (writer: ProtobufWriter, value: JsonValue | undefined) => void;

const NOTHING: JsonObject = Object.freeze({});
const encoders = new Map<string, EncodeMessage>();

/** The encoder of a struct, compiled at its first use. */
export function encoderOf(ref: SchemaRef): EncodeMessage {
  const id = `${ref.groupVersion}.${ref.struct}`;
  let encoder = encoders.get(id);
  if (!encoder) encoders.set(id, (encoder = compileMessage(ref)));
  return encoder;
}

function compileMessage(ref: SchemaRef): EncodeMessage {
  // Structs may contain themselves: fields are compiled at the first use.
  let fields: EncodeField[] | undefined;
  return (writer, value) => {
    fields ??= messageShape(ref)
      .toReversed()
      .map((field) => compileField(field));
    const object = objectOf(value);
    for (let i = 0; i < fields.length; i++) (fields[i] as EncodeField)(writer, object);
  };
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
/** Lists pass: they have no fields of such types. */
function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : NOTHING;
}

function compileField(field: FieldShape): EncodeField {
  const { name, repeats, isPointer, value: shape } = field;
  const encode = compileValue(shape, field.number * 8 + WIRE_TYPES[shape.kind]);
  if (name === undefined) return encode;
  if (repeats === 'list') return listField(name, encode);
  if (repeats === 'map') return mapField(name, field.number, shape);
  const isNullable = isPointer || shape.kind === 'bytes' || shape.kind === 'strings';
  if (!isNullable) return (writer, owner) => encode(writer, owner[name]);
  return (writer, owner) => {
    const value = owner[name];
    if (value !== undefined && value !== null) encode(writer, value);
  };
}

function listField(name: string, encode: EncodeValue): EncodeField {
  return (writer, owner) => {
    const list = owner[name];
    if (!Array.isArray(list)) return;
    for (let i = list.length - 1; i >= 0; i--) encode(writer, list[i]);
  };
}

function mapField(name: string, number: number, shape: ValueShape): EncodeField {
  const encode = compileValue(shape, 2 * 8 + WIRE_TYPES[shape.kind]);
  const tag = number * 8 + 2;
  // Go writes nil bytes not at all.
  const skipsNull = shape.kind === 'bytes';
  return (writer, owner) => {
    const map = owner[name];
    if (typeof map !== 'object' || map === null || Array.isArray(map)) return;
    const keys = sortedKeys(map);
    for (let i = keys.length - 1; i >= 0; i--) {
      const key = keys[i] as string;
      const value = map[key];
      // Members that are undefined are not there.
      if (value === undefined) continue;
      const end = writer.length;
      if (!skipsNull || value !== null) encode(writer, value);
      writer.text(0x0a, key);
      writer.close(tag, end);
    }
  };
}

/** As Go sorts strings: by their bytes, which differs from JavaScript's order beyond the basic plane only. */
function sortedKeys(map: JsonObject): string[] {
  const keys = Object.keys(map);
  if (keys.length < 2) return keys;
  const isBeyond = keys.some((key) => /[\ud800-\uffff]/.test(key));
  return isBeyond ? keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))) : keys.sort();
}

const WIRE_TYPES: Readonly<Record<ValueShape['kind'], number>> = {
  string: 2,
  bool: 0,
  int32: 0,
  int64: 0,
  double: 1,
  bytes: 2,
  quantity: 2,
  time: 2,
  microTime: 2,
  duration: 2,
  intOrString: 2,
  raw: 2,
  strings: 2,
  schemaOrBool: 2,
  schemaOrArray: 2,
  schemaOrStrings: 2,
  message: 2,
};

/** Integers beyond 2^53 are bigints. */
function integerOf(value: unknown): number | bigint {
  return typeof value === 'number' || typeof value === 'bigint' ? value : 0;
}

function compileValue(shape: ValueShape, tag: number): EncodeValue {
  switch (shape.kind) {
    case 'string':
      return (writer, value) => writer.text(tag, textOf(value));
    case 'bool':
      return (writer, value) => {
        writer.byte(value === true ? 1 : 0);
        writer.varint(tag);
      };
    case 'int32':
    case 'int64':
      return (writer, value) => {
        writer.integer(integerOf(value));
        writer.varint(tag);
      };
    case 'double':
      return (writer, value) => {
        writer.double(typeof value === 'number' ? value : 0);
        writer.varint(tag);
      };
    case 'bytes':
      return (writer, value) => {
        const end = writer.length;
        writer.bytes(Buffer.from(typeof value === 'string' ? value : '', 'base64'));
        writer.close(tag, end);
      };
    default: {
      const encode = shape.kind === 'message' ? encoderOf(shape.ref) : SPECIAL[shape.kind];
      return (writer, value) => {
        const end = writer.length;
        encode(writer, value);
        writer.close(tag, end);
      };
    }
  }
}

// The messages that generated.proto has, but JSON has not as such. Tags: number * 8 + wire type.
const SPECIAL: Readonly<Record<Exclude<ValueShape['kind'], 'string' | 'bool' | 'int32' | 'int64' | 'double' | 'bytes' | 'message'>, EncodeMessage>> = {
  quantity: (writer, value) => writer.text(0x0a, typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '0'),
  time: (writer, value) => encodeTime(writer, value, 0),
  microTime: (writer, value) => encodeTime(writer, value, 6),
  duration(writer, value) {
    const nanoseconds = typeof value === 'string' ? parseDurationNanoseconds(value) : 0n;
    writer.integer(nanoseconds);
    writer.varint(0x08);
  },
  intOrString(writer, value) {
    const isText = typeof value === 'string';
    writer.text(0x1a, isText ? value : '');
    writer.integer(typeof value === 'number' ? value : 0);
    writer.varint(0x10);
    writer.byte(isText ? 1 : 0);
    writer.varint(0x08);
  },
  raw(writer, value) {
    if (value !== undefined && value !== null) writer.text(0x0a, JSON.stringify(value));
  },
  strings(writer, value) {
    if (!Array.isArray(value)) return;
    for (let i = value.length - 1; i >= 0; i--) writer.text(0x0a, textOf(value[i]));
  },
  schemaOrBool(writer, value) {
    const isSchema = typeof value === 'object' && value !== null;
    if (isSchema) encodeSchemas(writer, 0x12, [value]);
    writer.byte(isSchema || value === true ? 1 : 0);
    writer.varint(0x08);
  },
  schemaOrArray(writer, value) {
    if (Array.isArray(value)) encodeSchemas(writer, 0x12, value);
    else if (typeof value === 'object' && value !== null) encodeSchemas(writer, 0x0a, [value]);
  },
  schemaOrStrings(writer, value) {
    if (Array.isArray(value)) for (let i = value.length - 1; i >= 0; i--) writer.text(0x12, textOf(value[i]));
    else if (typeof value === 'object' && value !== null) encodeSchemas(writer, 0x0a, [value]);
  },
};

function encodeSchemas(writer: ProtobufWriter, tag: number, schemas: readonly JsonValue[]): void {
  const encode = encoderOf({ groupVersion: 'apiextensions/v1', struct: 'JSONSchemaProps' });
  for (let i = schemas.length - 1; i >= 0; i--) {
    const end = writer.length;
    encode(writer, schemas[i]);
    writer.close(tag, end);
  }
}

/** Seconds and nanoseconds since 1970, in so many digits of a second; Go's zero time is an empty message. */
function encodeTime(writer: ProtobufWriter, value: JsonValue | undefined, digits: number): void {
  if (typeof value !== 'string') return;
  const seconds = Math.floor(Date.parse(value) / 1000);
  if (Number.isNaN(seconds)) return;
  writer.integer(digits === 0 ? 0 : Number(value.slice(20, 20 + digits)) * 1000);
  writer.varint(0x10);
  writer.integer(seconds);
  writer.varint(0x08);
}
