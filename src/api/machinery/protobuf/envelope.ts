import { ProtobufError, ProtobufReader } from './protobuf-reader.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';

const MAGIC = Buffer.from('k8s\0');

/** What stands around every protobuf body: `k8s\0` and a runtime.Unknown (k8s.io/apimachinery/pkg/runtime/generated.proto). */
export interface ProtobufEnvelope {
  readonly apiVersion: string;
  readonly kind: string;
  /** The object's own message: a view of the bytes that were opened. */
  readonly raw: Buffer;
}

/** Whether these bytes begin as Kubernetes' protobuf does. */
export function isProtobuf(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes[0] === 0x6b && bytes[1] === 0x38 && bytes[2] === 0x73 && bytes[3] === 0;
}

/** Opens the envelope; throws ProtobufError with upstream's text when the bytes are none. */
export function openEnvelope(bytes: Buffer): ProtobufEnvelope {
  if (bytes.length === 0) throw new ProtobufError('empty data');
  if (!isProtobuf(bytes)) throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  if (bytes.length === 4) throw new ProtobufError('empty body');
  const reader = new ProtobufReader(bytes, 4);
  const envelope: { apiVersion: string; kind: string; raw: Buffer } = { apiVersion: '', kind: '', raw: Buffer.alloc(0) };
  while (reader.at < reader.end) {
    const tag = reader.tag('Unknown');
    const goName = UNKNOWN_FIELDS[Math.floor(tag / 8)];
    if (goName === undefined) reader.skip(tag & 7);
    else if ((tag & 7) !== 2) throw new ProtobufError(`proto: wrong wireType = ${tag & 7} for field ${goName}`);
    else if (goName === 'TypeMeta') reader.message((inner) => readTypeMeta(inner, envelope));
    else if (goName === 'Raw') envelope.raw = reader.block();
    else reader.block();
  }
  return envelope;
}
const UNKNOWN_FIELDS: readonly (string | undefined)[] = [undefined, 'TypeMeta', 'Raw', 'ContentEncoding', 'ContentType'];

function readTypeMeta(reader: ProtobufReader, envelope: { apiVersion: string; kind: string }): void {
  while (reader.at < reader.end) {
    const tag = reader.tag('TypeMeta');
    if (tag === 0x0a) envelope.apiVersion = reader.text();
    else if (tag === 0x12) envelope.kind = reader.text();
    else reader.skip(tag & 7);
  }
}

interface TypeMeta {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Writes an envelope around what `writeRaw` writes. */
export function writeEnvelope(writer: ProtobufWriter, type: TypeMeta, writeRaw: () => void): void {
  writer.bytes(TAIL);
  const rawEnd = writer.length;
  writeRaw();
  writer.close(RAW_TAG, rawEnd);
  writeBeginning(writer, type);
}

/** The envelope of a message that begins with what `writeHead` writes and goes on with `restLength` bytes that are elsewhere. */
export function frameEnvelope(writer: ProtobufWriter, type: TypeMeta, restLength: number, writeHead: () => void): { head: Buffer; tail: Buffer } {
  writeHead();
  writer.varint(writer.length + restLength);
  writer.varint(RAW_TAG);
  writeBeginning(writer, type);
  return { head: writer.take(), tail: TAIL };
}

const RAW_TAG = 0x12;
/** contentEncoding and contentType, both empty. */
const TAIL = Buffer.from([0x1a, 0, 0x22, 0]);

function writeBeginning(writer: ProtobufWriter, { apiVersion, kind }: TypeMeta): void {
  const end = writer.length;
  writer.text(0x12, kind);
  writer.text(0x0a, apiVersion);
  writer.close(0x0a, end);
  writer.bytes(MAGIC);
}
