/**
 * `application/vnd.kubernetes.protobuf`: objects and their bytes, byte for byte as upstream writes them, table driven from the facts' field numbers.
 * Wire form: https://protobuf.dev/programming-guides/encoding/; envelope and framing: k8s.io/apimachinery/pkg/runtime/serializer/protobuf.
 */
import type { JsonObject } from '../json.ts';
import type { SchemaRef } from '../schema.ts';
import { messageDecoder } from './decoder.ts';
import { encoderOf } from './encoder.ts';
import { frameEnvelope, openEnvelope, writeEnvelope } from './envelope.ts';
import { schemaRefOf } from './kind-schema.ts';
import { hasProtobuf } from './message-shape.ts';
import { ProtobufReader } from './protobuf-reader.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

/** Anything with a kind: objects, lists of objects, Status. */
export interface ProtobufObject {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
}

// Objects are written into one buffer that stays, and copied out of it.
const scratch = new ProtobufWriter();

/**
 * The bytes of an object as a whole body: envelope and message. `object` is in the form that decoding gives; members that its struct does not have are
 * left out, members of another type are written as zero. Without `ref`, apiVersion and kind say what it is.
 * Throws an Error for what has no protobuf message (custom resources, Table).
 */
export function encodeProtobuf(object: ProtobufObject, ref = refOf(object)): Buffer {
  writeProtobuf(scratch, object, ref);
  return scratch.take();
}

/** An object as an item of a list: its message without an envelope, with the tag and length that stand before it there. */
export function encodeProtobufItem(object: object, ref: SchemaRef): Buffer {
  encoderOf(ref)(scratch, object as JsonObject);
  scratch.close(ITEMS_TAG, 0);
  return scratch.take();
}

/** Writes what `encodeProtobuf` gives. */
export function writeProtobuf(writer: ProtobufWriter, object: ProtobufObject, ref = refOf(object)): void {
  const { apiVersion = '', kind = '' } = object;
  writeEnvelope(writer, { apiVersion, kind }, () => encoderOf(ref)(writer, object as JsonObject));
}

/** A list as its objects stand elsewhere: with kind and apiVersion, which are not written. */
export interface ProtobufList {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
  /** The struct of the items. */
  readonly item: SchemaRef;
  readonly items: readonly object[];
}

const ITEMS_TAG = 0x12;
const LIST_META: SchemaRef = { groupVersion: 'meta/v1', struct: 'ListMeta' };

/** The bytes of a list, whose items are written straight into the answer. */
export function encodeProtobufList(list: ProtobufList): Buffer {
  const writer = new ProtobufWriter();
  const encodeItem = encoderOf(list.item);
  writeEnvelope(writer, list, () => {
    for (let i = list.items.length - 1; i >= 0; i--) {
      const end = writer.length;
      encodeItem(writer, list.items[i] as JsonObject);
      writer.close(ITEMS_TAG, end);
    }
    writeListMeta(writer, list.metadata);
  });
  return writer.take();
}
function writeListMeta(writer: ProtobufWriter, metadata: object): void {
  const end = writer.length;
  encoderOf(LIST_META)(writer, metadata as JsonObject);
  writer.close(0x0a, end);
}

/** What stands before and behind the items of a list that were encoded one by one (encodeProtobufItem) and take `itemsLength` bytes together. */
export function frameProtobufList(list: Omit<ProtobufList, 'item' | 'items'>, itemsLength: number): { readonly head: Buffer; readonly tail: Buffer } {
  return frameEnvelope(scratch, list, itemsLength, () => writeListMeta(scratch, list.metadata));
}

/**
 * The object of a whole body, with apiVersion and kind from its envelope, in JSON's form: decode it with the kind's codec to fill in what Go always
 * writes. Without `ref`, the envelope says what it is. Throws ProtobufError on damaged bytes, an Error for kinds that are not built in.
 */
export function decodeProtobuf(bytes: Buffer, ref?: SchemaRef): JsonObject {
  const { apiVersion, kind, raw } = openEnvelope(bytes);
  const object: JsonObject = {};
  if (kind) object['kind'] = kind;
  if (apiVersion) object['apiVersion'] = apiVersion;
  return messageDecoder(ref ?? refOf({ apiVersion, kind }))(new ProtobufReader(raw), object);
}

function refOf({ apiVersion = '', kind = '' }: ProtobufObject): SchemaRef {
  const ref = schemaRefOf(apiVersion, kind);
  if (!ref || !hasProtobuf(ref)) throw new Error(`No protobuf message for ${kind} of ${apiVersion}: only built-in kinds have one`);
  return ref;
}
