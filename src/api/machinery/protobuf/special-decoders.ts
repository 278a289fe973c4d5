/** Readers of the messages that JSON has not as such: quantities, times, any JSON. */
import { formatDurationNanoseconds } from '../duration.ts';
import { nestsDeeperThan } from '../json-depth.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { ValueShape } from './message-shape.ts';
import { ProtobufError, type ProtobufReader } from './protobuf-reader.ts';

type SpecialKind = Exclude<ValueShape['kind'], 'string' | 'bool' | 'int32' | 'int64' | 'double' | 'bytes' | 'message'>;
type ReadMessage = (reader: ProtobufReader) => JsonValue | undefined;
/** Reads one JSONSchemaProps. */
type ReadSchema = (reader: ProtobufReader, into: JsonObject) => JsonObject;

/** The reader of a special message, up to the reader's end. `schema` is asked for at the first use: schemas contain these messages. */
export function decodeSpecial(kind: SpecialKind, schema: () => ReadSchema): ReadMessage {
  switch (kind) {
    case 'quantity':
      return (reader) => lastText(reader, 'Quantity') || '0';
    case 'time':
      return (reader) => readTime(reader, false);
    case 'microTime':
      return (reader) => readTime(reader, true);
    case 'duration':
      return (reader) => formatDurationNanoseconds(BigInt(readIntegers(reader, 'Duration')[1] ?? 0));
    case 'intOrString':
      return readIntOrString;
    case 'raw':
      return (reader) => parseRaw(lastBytes(reader, 'RawExtension'));
    case 'strings':
      return readStrings;
    case 'schemaOrBool':
      return (reader) => readSchemaOrBool(reader, schema());
    case 'schemaOrArray':
      return (reader) => readSchemaOrArray(reader, schema());
    case 'schemaOrStrings':
      return (reader) => readSchemaOrStrings(reader, schema());
  }
}

/** Calls `field` for each field; it says whether it has read the value. */
function eachField(reader: ProtobufReader, message: string, field: (tag: number) => boolean): void {
  while (reader.at < reader.end) {
    const tag = reader.tag(message);
    if (!field(tag)) reader.skip(tag & 7);
  }
}

function lastBytes(reader: ProtobufReader, message: string): Buffer | undefined {
  let bytes: Buffer | undefined;
  eachField(reader, message, (tag) => tag === 0x0a && Boolean((bytes = reader.block())));
  return bytes;
}
function lastText(reader: ProtobufReader, message: string): string {
  return lastBytes(reader, message)?.toString() ?? '';
}
/** The varints of a message by field number; those beyond 2^53 are bigints. */
function readIntegers(reader: ProtobufReader, message: string): (number | bigint)[] {
  const integers: (number | bigint)[] = [];
  eachField(reader, message, (tag) => {
    if ((tag & 7) !== 0 || tag > 0x7f) return false;
    integers[tag >> 3] = reader.int64();
    return true;
  });
  return integers;
}

function readStrings(reader: ProtobufReader): JsonValue {
  const texts: string[] = [];
  eachField(reader, 'Items', (tag) => tag === 0x0a && texts.push(reader.text()) > 0);
  return texts;
}

function readIntOrString(reader: ProtobufReader): JsonValue {
  let type = 0;
  let number = 0;
  let text = '';
  eachField(reader, 'IntOrString', (tag) => {
    if (tag === 0x08) type = Number(reader.int64());
    else if (tag === 0x10) number = reader.int32();
    else if (tag === 0x1a) text = reader.text();
    else return false;
    return true;
  });
  return type === 1 ? text : number;
}

// The years that RFC 3339 can write: 0000 to 9999.
const MIN_SECONDS = -62_167_219_200;
const MAX_SECONDS = 253_402_300_799;

/** An empty message is Go's zero time: no value. */
function readTime(reader: ProtobufReader, isMicro: boolean): JsonValue | undefined {
  if (reader.at === reader.end) return undefined;
  const [, seconds = 0, nanos = 0] = readIntegers(reader, 'Timestamp').map(Number);
  // Time in whole seconds: metav1.Time ignores what is below.
  const whole = isMicro ? seconds + Math.floor(nanos / 1e9) : seconds;
  if (whole < MIN_SECONDS || whole > MAX_SECONDS) throw new ProtobufError('Time.MarshalJSON: year outside of range [0,9999]');
  const iso = isoText(whole);
  if (!isMicro) return `${iso}Z`;
  const micros = Math.floor((nanos - Math.floor(nanos / 1e9) * 1e9) / 1000);
  return `${iso}.${String(micros).padStart(6, '0')}Z`;
}

// The times of one object are mostly few.
let lastSeconds = 0;
let lastIso = '1970-01-01T00:00:00';
function isoText(seconds: number): string {
  if (seconds !== lastSeconds) {
    lastIso = new Date(seconds * 1000).toISOString().slice(0, 19);
    lastSeconds = seconds;
  }
  return lastIso;
}

const MAX_JSON_DEPTH = 1_000;

function parseRaw(bytes: Buffer | undefined): JsonValue | undefined {
  if (bytes === undefined || bytes.length === 0) return undefined;
  if (nestsDeeperThan(bytes, MAX_JSON_DEPTH)) throw new ProtobufError('json: exceeded max depth');
  try {
    return JSON.parse(bytes.toString()) as JsonValue;
  } catch (cause) {
    throw new ProtobufError(`json: error calling MarshalJSON for type runtime.RawExtension: invalid JSON`, { cause });
  }
}

function readSchemaOrBool(reader: ProtobufReader, readSchema: ReadSchema): JsonValue {
  let allows = false;
  let schema: JsonObject | undefined;
  eachField(reader, 'JSONSchemaPropsOrBool', (tag) => {
    if (tag === 0x08) allows = reader.bool();
    else if (tag === 0x12) schema = reader.message((inner) => readSchema(inner, {}));
    else return false;
    return true;
  });
  return schema ?? allows;
}

function readSchemaOrArray(reader: ProtobufReader, readSchema: ReadSchema): JsonValue {
  let schema: JsonObject | undefined;
  const schemas: JsonObject[] = [];
  eachField(reader, 'JSONSchemaPropsOrArray', (tag) => {
    if (tag !== 0x0a && tag !== 0x12) return false;
    const read = reader.message((inner) => readSchema(inner, {}));
    if (tag === 0x0a) schema = read;
    else schemas.push(read);
    return true;
  });
  if (schemas.length > 0) return schemas;
  return schema ?? null;
}

function readSchemaOrStrings(reader: ProtobufReader, readSchema: ReadSchema): JsonValue {
  let schema: JsonObject | undefined;
  const texts: string[] = [];
  eachField(reader, 'JSONSchemaPropsOrStringArray', (tag) => {
    if (tag === 0x0a) schema = reader.message((inner) => readSchema(inner, {}));
    else if (tag === 0x12) texts.push(reader.text());
    else return false;
    return true;
  });
  if (texts.length > 0) return texts;
  return schema ?? null;
}
