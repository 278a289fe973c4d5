/**
 * Compiles structs to readers of their messages, straight into the JSON form: what omitempty leaves out is left out, unknown fields are passed over,
 * a field that comes again replaces a scalar, adds to a list and is merged into a struct. Everything throws ProtobufError.
 */
import { formatDurationNanoseconds } from '../duration.ts';
import { setMember } from '../json-value.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { SchemaRef } from '../schema.ts';
import { type FieldShape, messageShape, type ValueShape } from './message-shape.ts';
import { ProtobufError, type ProtobufReader } from './protobuf-reader.ts';
import { decodeSpecial } from './special-decoders.ts';

/** Reads fields up to the reader's end into an object. */
export type DecodeMessage = (reader: ProtobufReader, into: JsonObject) => JsonObject;
/** Reads one value whose tag was just read. */
type DecodeValue = (reader: ProtobufReader) => JsonValue | undefined;
interface Slot {
  readonly wireType: number;
  readonly goName: string;
  readonly read: (reader: ProtobufReader, owner: JsonObject) => void;
  /** Reads numbers that come packed. */
  readonly readPacked: ((reader: ProtobufReader, owner: JsonObject) => void) | undefined;
}

const decoders = new Map<string, DecodeMessage>();

/** The decoder of a struct, compiled at its first use. */
export function messageDecoder(ref: SchemaRef): DecodeMessage {
  const id = `${ref.groupVersion}.${ref.struct}`;
  let decoder = decoders.get(id);
  if (!decoder) decoders.set(id, (decoder = compileMessage(ref)));
  return decoder;
}

function compileMessage(ref: SchemaRef): DecodeMessage {
  let slots: (Slot | undefined)[] | undefined;
  return (reader, into) => {
    slots ??= compileSlots(ref);
    while (reader.at < reader.end) {
      const tag = reader.tag(ref.struct);
      const wireType = tag & 7;
      const slot = slots[Math.floor(tag / 8)];
      if (slot === undefined) reader.skip(wireType);
      else if (slot.wireType === wireType) slot.read(reader, into);
      else if (wireType === 2 && slot.readPacked) slot.readPacked(reader, into);
      else throw new ProtobufError(`proto: wrong wireType = ${wireType} for field ${slot.goName}`);
    }
    return into;
  };
}

function compileSlots(ref: SchemaRef): (Slot | undefined)[] {
  const slots: (Slot | undefined)[] = [];
  for (const field of messageShape(ref)) slots[field.number] = compileSlot(field);
  return slots;
}

const NUMERIC: Readonly<Record<string, number>> = { bool: 0, int32: 0, int64: 0, double: 1 };

function compileSlot(field: FieldShape): Slot {
  const { name, goName, repeats, value: shape } = field;
  const wireType = NUMERIC[shape.kind] ?? 2;
  const decode = valueDecoder(shape);
  if (name === undefined) return { wireType, goName, read: embedded(shape), readPacked: undefined };
  if (repeats === 'map') return { wireType: 2, goName, read: mapReader(name, goName, shape), readPacked: undefined };
  if (repeats === 'list') {
    const read = listReader(name, decode);
    const readPacked =
      wireType === 2
        ? undefined
        : (reader: ProtobufReader, owner: JsonObject) =>
            reader.message((inner) => {
              while (inner.at < inner.end) read(inner, owner);
            });
    return { wireType, goName, read, readPacked };
  }
  return { wireType, goName, read: singleReader(name, field, decode), readPacked: undefined };
}

/** An embedded struct's fields are the owner's. */
function embedded(shape: ValueShape): Slot['read'] {
  if (shape.kind !== 'message') throw new Error(`Cannot embed a ${shape.kind}`);
  const decode = messageDecoder(shape.ref);
  return (reader, owner) => void reader.message((inner) => decode(inner, owner));
}

function singleReader(name: string, { value: shape, isPointer, omitEmpty }: FieldShape, decode: DecodeValue): Slot['read'] {
  if (shape.kind === 'message') {
    const decodeInto = messageDecoder(shape.ref);
    return (reader, owner) => {
      const before = owner[name] as JsonObject | undefined;
      owner[name] = reader.message((inner) => decodeInto(inner, before ?? {}));
    };
  }
  const dropsEmpty = omitEmpty && !isPointer;
  return (reader, owner) => {
    const value = decode(reader);
    if (value !== undefined && !(dropsEmpty && (value === '' || value === 0 || value === false) && shape.kind !== 'intOrString')) owner[name] = value;
    else if (owner[name] !== undefined) delete owner[name];
  };
}

function listReader(name: string, decode: DecodeValue): Slot['read'] {
  return (reader, owner) => {
    const value = decode(reader) ?? null;
    const list = owner[name] as JsonValue[] | undefined;
    if (list === undefined) owner[name] = [value];
    else list.push(value);
  };
}

function mapReader(name: string, goName: string, shape: ValueShape): Slot['read'] {
  const decode = valueDecoder(shape);
  const wireType = NUMERIC[shape.kind] ?? 2;
  return (reader, owner) => {
    const map = (owner[name] ??= {}) as JsonObject;
    reader.message((entry) => {
      let key = '';
      let value: JsonValue | undefined;
      while (entry.at < entry.end) {
        const tag = entry.tag(goName);
        if (tag === 0x0a) key = entry.text();
        else if (tag === 2 * 8 + wireType) value = decode(entry) ?? null;
        else entry.skip(tag & 7);
      }
      // Own, whatever its name is.
      setMember(map, key, value === undefined ? zeroOf(shape) : value);
    });
  };
}

function zeroOf(shape: ValueShape): JsonValue {
  switch (shape.kind) {
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'double':
    case 'intOrString':
      return 0;
    case 'quantity':
      return '0';
    case 'duration':
      return formatDurationNanoseconds(0n);
    case 'message':
      return {};
    default:
      return null;
  }
}

function valueDecoder(shape: ValueShape): DecodeValue {
  switch (shape.kind) {
    case 'string':
      return (reader) => reader.text();
    case 'bool':
      return (reader) => reader.bool();
    case 'int32':
      return (reader) => reader.int32();
    case 'int64':
      return (reader) => reader.int64();
    case 'double':
      return (reader) => reader.double();
    case 'bytes':
      return (reader) => reader.block().toString('base64');
    case 'message': {
      const decode = messageDecoder(shape.ref);
      return (reader) => reader.message((inner) => decode(inner, {}));
    }
    default: {
      const read = decodeSpecial(shape.kind, () => messageDecoder({ groupVersion: 'apiextensions/v1', struct: 'JSONSchemaProps' }));
      return (reader) => reader.message(read);
    }
  }
}
