/**
 * Reads Kubernetes' protobuf bodies (`application/vnd.kubernetes.protobuf`) into the JSON value that stands for the same object, table driven from
 * the facts' field numbers. Wire form: https://protobuf.dev/programming-guides/encoding/; envelope: k8s.io/apimachinery/pkg/runtime/generated.proto
 * (`Unknown` behind the four bytes `k8s\0`). What it returns still has to be decoded by the kind's codec, as JSON from the wire has.
 */
import { apiFacts, type FieldFact, resolveGoType } from './facts.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { SchemaRef } from './schema.ts';

const MAGIC = Buffer.from('k8s\0');

/** The envelope of a protobuf body. */
export interface ProtobufEnvelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Buffer;
}

/** Whether these bytes begin as Kubernetes' protobuf does. */
export function isProtobuf(bytes: Buffer): boolean {
  return bytes.subarray(0, 4).equals(MAGIC);
}

/** Opens the envelope; throws an Error when the bytes are none. */
export function openEnvelope(bytes: Buffer): ProtobufEnvelope {
  if (!isProtobuf(bytes)) throw new Error('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  const envelope: { apiVersion: string; kind: string; raw: Buffer } = { apiVersion: '', kind: '', raw: Buffer.alloc(0) };
  eachField(bytes.subarray(4), (number, value) => {
    if (number === 1 && Buffer.isBuffer(value)) {
      eachField(value, (inner, text) => {
        if (inner === 1) envelope.apiVersion = String(text);
        else if (inner === 2) envelope.kind = String(text);
      });
    } else if (number === 2 && Buffer.isBuffer(value)) envelope.raw = value;
  });
  return envelope;
}

/** The JSON value of a whole body, with apiVersion and kind from its envelope. Throws an Error on damaged bytes. */
export function decodeProtobuf(bytes: Buffer, ref: SchemaRef): JsonObject {
  const { apiVersion, kind, raw } = openEnvelope(bytes);
  const object: JsonObject = {};
  if (kind) object['kind'] = kind;
  if (apiVersion) object['apiVersion'] = apiVersion;
  return Object.assign(object, messageReader(ref.groupVersion, ref.struct)(raw));
}

/** A varint is a bigint, a length-delimited field its bytes, a fixed one its bytes too. */
type WireValue = bigint | Buffer;
type Read = (value: WireValue) => JsonValue | undefined;
interface Slot {
  /** Absent: an inlined struct, whose fields are the owner's. */
  readonly name: string | undefined;
  readonly read: Read;
  readonly shape: 'one' | 'list' | 'map';
}

function eachField(bytes: Buffer, visit: (number: number, value: WireValue) => void): void {
  const cursor = { at: 0 };
  while (cursor.at < bytes.length) {
    const tag = Number(readVarint(bytes, cursor));
    visit(tag >>> 3, readWire(bytes, cursor, tag & 7));
  }
}

function readWire(bytes: Buffer, cursor: { at: number }, wireType: number): WireValue {
  if (wireType === 0) return readVarint(bytes, cursor);
  const size = wireType === 1 ? 8 : wireType === 5 ? 4 : wireType === 2 ? Number(readVarint(bytes, cursor)) : -1;
  if (size < 0) throw new Error(`proto: illegal wireType ${wireType}`);
  if (cursor.at + size > bytes.length) throw new Error('unexpected EOF');
  cursor.at += size;
  return bytes.subarray(cursor.at - size, cursor.at);
}

function readVarint(bytes: Buffer, cursor: { at: number }): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new Error('unexpected EOF');
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(64, value);
  }
  throw new Error('proto: integer overflow');
}

const readers = new Map<string, Map<number, Slot>>();

function messageReader(groupVersion: string, struct: string): (bytes: Buffer) => JsonObject {
  return (bytes) => {
    const slots = slotsOf(groupVersion, struct);
    const object: JsonObject = {};
    eachField(bytes, (number, wire) => {
      const slot = slots.get(number);
      if (slot) store(object, slot, wire);
    });
    return object;
  };
}

function store(object: JsonObject, slot: Slot, wire: WireValue): void {
  const value = slot.read(wire);
  if (slot.name === undefined) Object.assign(object, value);
  else if (slot.shape === 'list') {
    const list = (object[slot.name] ??= []) as JsonValue[];
    // Numbers may come packed; the reader then returns them all.
    if (Array.isArray(value)) list.push(...value);
    else if (value !== undefined) list.push(value);
  } else if (slot.shape === 'map') object[slot.name] = { ...(object[slot.name] as JsonObject | undefined), ...(value as JsonObject) };
  else if (value !== undefined) object[slot.name] = value;
}

function slotsOf(groupVersion: string, struct: string): Map<number, Slot> {
  const id = `${groupVersion}.${struct}`;
  let slots = readers.get(id);
  if (!slots) {
    slots = new Map();
    for (const [name, fact] of Object.entries(apiFacts()[groupVersion]?.structs[struct] ?? {})) {
      if (fact.pb !== undefined) slots.set(fact.pb, slotOf(groupVersion, name, fact));
    }
    readers.set(id, slots);
  }
  return slots;
}

function slotOf(groupVersion: string, name: string, fact: FieldFact): Slot {
  const type = underlying(groupVersion, fact.type.replace(/^\*/, ''));
  const slot = { name: name.startsWith('*inline:') ? undefined : name };
  if (type === '[]byte') return { ...slot, shape: 'one', read: (wire) => asBytes(wire).toString('base64') };
  if (type.startsWith('[]')) return { ...slot, shape: 'list', read: listReader(groupVersion, type.slice(2).replace(/^\*/, '')) };
  const map = /^map\[([^\]]+)\](.*)$/.exec(type);
  if (map) return { ...slot, shape: 'map', read: entryReader(valueReader(groupVersion, map[2] ?? '')) };
  return { ...slot, shape: 'one', read: valueReader(groupVersion, type) };
}

/** Lists and maps with a name of their own (ResourceList) are written as what they are; those in SLICE_MESSAGES are messages of their own. */
function underlying(groupVersion: string, type: string): string {
  const resolved = resolveGoType(apiFacts(), groupVersion, type);
  const alias = resolved && apiFacts()[resolved[0]]?.types[resolved[1]];
  return alias && !SLICE_MESSAGES.has(resolved[1]) && /^(map|\[\])/.test(alias.is) ? alias.is : type;
}

/** Named slices that upstream marks nullable: a message whose field 1 repeats the items. */
const SLICE_MESSAGES = new Set(['ExtraValue', 'Verbs']);

function listReader(groupVersion: string, element: string): Read {
  const read = valueReader(groupVersion, element);
  const isNumber = NUMBERS.has(element);
  return (wire) => {
    if (!isNumber || typeof wire === 'bigint') return read(wire);
    const cursor = { at: 0 };
    const values: JsonValue[] = [];
    while (cursor.at < wire.length) values.push(Number(readVarint(wire, cursor)));
    return values;
  };
}

function entryReader(read: Read): Read {
  return (wire) => {
    let key = '';
    let value: JsonValue | undefined;
    eachField(asBytes(wire), (number, part) => {
      if (number === 1) key = String(part);
      else if (number === 2) value = read(part);
    });
    return { [key]: value ?? read(Buffer.alloc(0)) };
  };
}

const NUMBERS = new Set(['int', 'int32', 'int64', 'uint16']);

function valueReader(groupVersion: string, goType: string): Read {
  const scalar = SCALARS[goType];
  if (scalar) return scalar;
  const resolved = resolveGoType(apiFacts(), groupVersion, goType);
  if (!resolved) throw new Error(`Cannot read protobuf of ${goType}: the facts of ${groupVersion} do not know it`);
  const [home, name] = resolved;
  const special = SPECIAL[`${home}.${name}`];
  if (special) return special;
  if (SLICE_MESSAGES.has(name)) return (wire) => repeatedStrings(asBytes(wire));
  const alias = apiFacts()[home]?.types[name];
  if (alias) return valueReader(home, alias.is);
  const read = messageReader(home, name);
  return (wire) => read(asBytes(wire));
}

const SCALARS: Readonly<Record<string, Read>> = {
  string: (wire) => String(wire),
  'types.UID': (wire) => String(wire),
  'types.NodeName': (wire) => String(wire),
  '[]byte': (wire) => asBytes(wire).toString('base64'),
  bool: (wire) => wire !== 0n,
  int: Number,
  int32: Number,
  int64: Number,
  uint16: Number,
  float64: (wire) => asBytes(wire).readDoubleLE(0),
  'resource.Quantity': (wire) => stringField(asBytes(wire), 1) || '0',
  'intstr.IntOrString': intOrString,
  'runtime.RawExtension': (wire) => parseRaw(bytesField(asBytes(wire), 1)),
};
const SPECIAL: Readonly<Record<string, Read>> = {
  'meta/v1.Time': (wire) => time(asBytes(wire), (iso) => `${iso.slice(0, 19)}Z`),
  'meta/v1.MicroTime': (wire) => time(asBytes(wire), (iso, micros) => `${iso.slice(0, 19)}.${micros}Z`),
  'meta/v1.Duration': (wire) => `${numberField(asBytes(wire), 1)}ns`,
  'meta/v1.FieldsV1': (wire) => parseRaw(bytesField(asBytes(wire), 1)),
  'apiextensions/v1.JSON': (wire) => parseRaw(bytesField(asBytes(wire), 1)),
  'apiextensions/v1.JSONSchemaPropsOrBool': (wire) => jsonSchemas(asBytes(wire), 2)[0] ?? numberField(asBytes(wire), 1) !== 0n,
  'apiextensions/v1.JSONSchemaPropsOrArray': (wire) => jsonSchemas(asBytes(wire), 1)[0] ?? jsonSchemas(asBytes(wire), 2),
  'apiextensions/v1.JSONSchemaPropsOrStringArray': (wire) => jsonSchemas(asBytes(wire), 1)[0] ?? strings(asBytes(wire), 2),
};

function asBytes(wire: WireValue): Buffer {
  if (typeof wire === 'bigint') throw new Error('proto: wrong wireType = 0');
  return wire;
}
function fieldsNumbered(bytes: Buffer, wanted: number): WireValue[] {
  const found: WireValue[] = [];
  eachField(bytes, (number, value) => void (number === wanted && found.push(value)));
  return found;
}
function bytesField(bytes: Buffer, number: number): Buffer | undefined {
  const value = fieldsNumbered(bytes, number).at(-1);
  return value === undefined ? undefined : asBytes(value);
}
function stringField(bytes: Buffer, number: number): string {
  return bytesField(bytes, number)?.toString() ?? '';
}
function numberField(bytes: Buffer, number: number): bigint {
  const value = fieldsNumbered(bytes, number).at(-1) ?? 0n;
  return typeof value === 'bigint' ? value : 0n;
}
function strings(bytes: Buffer, number: number): string[] {
  return fieldsNumbered(bytes, number).map(String);
}
function repeatedStrings(bytes: Buffer): string[] {
  return strings(bytes, 1);
}
function jsonSchemas(bytes: Buffer, number: number): JsonObject[] {
  const read = messageReader('apiextensions/v1', 'JSONSchemaProps');
  return fieldsNumbered(bytes, number).map((wire) => read(asBytes(wire)));
}
function intOrString(wire: WireValue): JsonValue {
  const bytes = asBytes(wire);
  return numberField(bytes, 1) === 1n ? stringField(bytes, 3) : Number(numberField(bytes, 2));
}
/** An empty message is Go's zero time: no value. */
function time(bytes: Buffer, format: (iso: string, micros: string) => string): string | undefined {
  if (bytes.length === 0) return undefined;
  const milliseconds = Number(numberField(bytes, 1)) * 1000;
  const micros = String((Number(numberField(bytes, 2)) / 1000) | 0).padStart(6, '0');
  return format(new Date(milliseconds).toISOString(), micros);
}
function parseRaw(bytes: Buffer | undefined): JsonValue | undefined {
  return bytes === undefined || bytes.length === 0 ? undefined : (JSON.parse(bytes.toString()) as JsonValue);
}
