/** Protocol buffers for CRI, driven by the table in `schema.ts`; messages' tables are parsed when first used. */
import { CRI_MESSAGES, type CriMessageName } from './schema.ts';

interface Field {
  readonly name: string;
  readonly number: number;
  readonly type: string;
  readonly isRepeated: boolean;
  readonly isMessage: boolean;
}
interface Message {
  readonly fields: readonly Field[];
  readonly byNumber: ReadonlyMap<number, Field>;
}
type Values = Record<string, unknown>;

const messages = new Map<string, Message>();

function messageOf(name: string): Message {
  const known = messages.get(name);
  if (known) return known;
  const source = CRI_MESSAGES[name as CriMessageName];
  const fields = source === undefined || source === '' ? [] : source.split(' ').map(parseField);
  const message = { fields, byNumber: new Map(fields.map((field) => [field.number, field])) };
  messages.set(name, message);
  return message;
}

function parseField(text: string): Field {
  const [name = '', number = '', rawType = ''] = text.split(':');
  const isRepeated = rawType.endsWith('*');
  const type = isRepeated ? rawType.slice(0, -1) : rawType;
  return { name, number: Number(number), type, isRepeated, isMessage: type in CRI_MESSAGES };
}

/** The bytes of a message; fields that are undefined or have proto3's default are left out. */
export function encodeMessage(name: CriMessageName, value: object): Buffer {
  const writer = new Writer();
  writeMessage(writer, name, value as Values);
  return writer.finish();
}

/** The message that `bytes` hold, with proto3's defaults filled in for scalars, lists and maps; unknown fields are skipped. */
export function decodeMessage(name: CriMessageName, bytes: Buffer): Values {
  return readMessage(new Reader(bytes), name, bytes.length);
}

function writeMessage(writer: Writer, name: string, value: Values): void {
  for (const field of messageOf(name).fields) {
    const item = value[field.name];
    if (item === undefined || item === null) continue;
    if (field.type === 'map') writeMap(writer, field.number, item as Record<string, string>);
    else if (!field.isRepeated) writeField(writer, field, item, false);
    else if (isPackable(field)) writePacked(writer, field, item as (number | boolean)[]);
    else for (const element of item as unknown[]) writeField(writer, field, element, true);
  }
}

function isPackable(field: Field): boolean {
  return !field.isMessage && field.type !== 'string' && field.type !== 'bytes';
}

function writeField(writer: Writer, field: Field, value: unknown, evenIfDefault: boolean): void {
  if (field.isMessage) {
    const body = new Writer();
    writeMessage(body, field.type, value as Values);
    writer.tag(field.number, 2);
    writer.bytes(body.finish());
  } else if (field.type === 'string' || field.type === 'bytes') {
    if (!evenIfDefault && (value as string | Buffer).length === 0) return;
    writer.tag(field.number, 2);
    writer.bytes(typeof value === 'string' ? Buffer.from(value) : (value as Buffer));
  } else {
    if (!evenIfDefault && Number(value) === 0) return;
    writer.tag(field.number, 0);
    writer.varint(Number(value));
  }
}

function writePacked(writer: Writer, field: Field, values: readonly (number | boolean)[]): void {
  if (values.length === 0) return;
  const body = new Writer();
  for (const value of values) body.varint(Number(value));
  writer.tag(field.number, 2);
  writer.bytes(body.finish());
}

function writeMap(writer: Writer, number: number, map: Record<string, string>): void {
  for (const [key, value] of Object.entries(map)) {
    const entry = new Writer();
    entry.tag(1, 2);
    entry.bytes(Buffer.from(key));
    entry.tag(2, 2);
    entry.bytes(Buffer.from(value));
    writer.tag(number, 2);
    writer.bytes(entry.finish());
  }
}

function readMessage(reader: Reader, name: string, end: number): Values {
  const { fields, byNumber } = messageOf(name);
  const value: Values = {};
  for (const field of fields) if (field.isRepeated || !field.isMessage) value[field.name] = defaultOf(field);
  while (reader.position < end) {
    const tag = reader.varint();
    const field = byNumber.get(tag >>> 3);
    if (!field) reader.skip(tag & 7);
    else readField(reader, field, tag & 7, value);
  }
  return value;
}

function readField(reader: Reader, field: Field, wireType: number, into: Values): void {
  if (field.type === 'map') {
    readMapEntry(reader, into[field.name] as Record<string, string>);
  } else if (field.isRepeated && wireType === 2 && isPackable(field)) {
    const end = reader.length();
    while (reader.position < end) (into[field.name] as unknown[]).push(reader.varint());
  } else if (field.isRepeated) {
    (into[field.name] as unknown[]).push(readValue(reader, field));
  } else {
    into[field.name] = readValue(reader, field);
  }
}

function readValue(reader: Reader, field: Field): unknown {
  if (field.isMessage) return readMessage(reader, field.type, reader.length());
  if (field.type === 'string') return reader.bytes().toString('utf8');
  if (field.type === 'bytes') return Buffer.from(reader.bytes());
  const number = reader.varint();
  return field.type === 'bool' ? number !== 0 : number;
}

function readMapEntry(reader: Reader, into: Record<string, string>): void {
  const end = reader.length();
  let key = '';
  let value = '';
  while (reader.position < end) {
    const tag = reader.varint();
    if (tag === 10) key = reader.bytes().toString('utf8');
    else if (tag === 18) value = reader.bytes().toString('utf8');
    else reader.skip(tag & 7);
  }
  into[key] = value;
}

function defaultOf(field: Field): unknown {
  if (field.isRepeated) return [];
  if (field.type === 'map') return {};
  if (field.type === 'string') return '';
  if (field.type === 'bytes') return Buffer.alloc(0);
  return field.type === 'bool' ? false : 0;
}

const LOW = 2 ** 32;

/** Writes protobuf's wire form into a buffer that grows. */
export class Writer {
  #buffer = Buffer.allocUnsafe(256);
  #length = 0;

  tag(number: number, wireType: number): void {
    this.varint(number * 8 + wireType);
  }
  /** A whole number; negative ones in two's complement of 64 bits, as int32 and int64 want it. */
  varint(value: number): void {
    this.#reserve(10);
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) this.#buffer[this.#length++] = Number(rest & 127n) | 128;
      this.#buffer[this.#length++] = Number(rest);
      return;
    }
    let rest = Math.trunc(value);
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#buffer[this.#length++] = (rest % 128) | 128;
    this.#buffer[this.#length++] = rest;
  }
  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + more));
    this.#buffer.copy(bigger, 0, 0, this.#length);
    this.#buffer = bigger;
  }
}

/** Reads protobuf's wire form. Throws RangeError when the bytes end too early. */
export class Reader {
  position = 0;
  readonly #buffer: Buffer;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }
  varint(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#buffer[this.position++];
      if (byte === undefined) throw new RangeError('Cannot decode message: it ends within a number');
      if (shift < 28) low += (byte & 127) * 2 ** shift;
      else high += (byte & 127) * 2 ** (shift - 28);
      if (byte < 128) break;
    }
    // 28 low bits and 36 high ones; the top bit of 64 is the sign.
    high %= 2 ** 36;
    return high >= 2 ** 35 ? (high - 2 ** 36) * 2 ** 28 + low : high * 2 ** 28 + low;
  }
  isAtEnd(): boolean {
    return this.position >= this.#buffer.length;
  }
  /** The end of the length-delimited field that starts here. */
  length(): number {
    const length = this.varint();
    const end = this.position + length;
    if (end > this.#buffer.length || length >= LOW) throw new RangeError('Cannot decode message: it ends within a field');
    return end;
  }
  bytes(): Buffer {
    const end = this.length();
    const bytes = this.#buffer.subarray(this.position, end);
    this.position = end;
    return bytes;
  }
  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 2) this.position = this.length();
    else if (wireType === 1) this.position += 8;
    else if (wireType === 5) this.position += 4;
    else throw new RangeError(`Cannot decode message: unknown wire type ${wireType}`);
  }
}
