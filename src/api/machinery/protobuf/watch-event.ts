/** The frames of a protobuf watch: four bytes of length, most significant first, and a metav1.WatchEvent without an envelope. */
import type { JsonObject } from '../json.ts';
import { writeEnvelope } from './envelope.ts';
import { decodeProtobuf } from './protobuf.ts';
import { ProtobufError, ProtobufReader } from './protobuf-reader.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

const writer = new ProtobufWriter();

/** A frame around an object's whole body (with its envelope). */
export function encodeWatchFrame(type: WatchEventType, object: Buffer): Buffer {
  writer.bytes(object);
  return finishFrame(type);
}

/** The same around an object that was encoded as an item of a list (`encodeProtobufItem`). */
export function encodeItemWatchFrame(type: WatchEventType, item: Buffer, typeMeta: { readonly apiVersion: string; readonly kind: string }): Buffer {
  writeEnvelope(writer, typeMeta, () => writer.bytes(messageOf(item)));
  return finishFrame(type);
}
/** An item without the tag and the length that stand before it. */
function messageOf(item: Buffer): Buffer {
  return new ProtobufReader(item, 1).block();
}

function finishFrame(type: WatchEventType): Buffer {
  // The object is a RawExtension that has the bytes in its field 1.
  writer.close(0x0a, 0);
  writer.close(0x12, 0);
  writer.text(0x0a, type);
  const { length } = writer;
  for (let shift = 0; shift < 32; shift += 8) writer.byte((length >>> shift) & 0xff);
  return writer.take();
}

/** One event of a watch, as a client sees it. */
export interface ProtobufWatchEvent {
  readonly type: string;
  /** In JSON's form; see decodeProtobuf. */
  readonly object: JsonObject;
}

/** Larger frames are refused: the length is not to be believed. client-go takes 16 MiB. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** Cuts a stream's chunks into events, for clients. Frames may be cut anywhere. */
export class WatchFrameDecoder {
  #pending: Buffer = Buffer.alloc(0);

  /** The events that `chunk` completes. Throws ProtobufError. */
  push(chunk: Buffer): ProtobufWatchEvent[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const events: ProtobufWatchEvent[] = [];
    let at = 0;
    while (this.#pending.length - at >= 4) {
      const size = this.#pending.readUInt32BE(at);
      if (size > MAX_FRAME_BYTES) throw new ProtobufError('object to decode was longer than maximum allowed size');
      if (this.#pending.length - at - 4 < size) break;
      events.push(readEvent(this.#pending.subarray(at + 4, at + 4 + size)));
      at += 4 + size;
    }
    this.#pending = this.#pending.subarray(at);
    return events;
  }
}

function readEvent(bytes: Buffer): ProtobufWatchEvent {
  const reader = new ProtobufReader(bytes);
  let type = '';
  let raw: Buffer = Buffer.alloc(0);
  while (reader.at < reader.end) {
    const tag = reader.tag('WatchEvent');
    if (tag === 0x0a) type = reader.text();
    else if (tag === 0x12) raw = reader.message(readRaw);
    else reader.skip(tag & 7);
  }
  return { type, object: decodeProtobuf(raw) };
}
function readRaw(reader: ProtobufReader): Buffer {
  let raw: Buffer = Buffer.alloc(0);
  while (reader.at < reader.end) {
    const tag = reader.tag('RawExtension');
    if (tag === 0x0a) raw = reader.block();
    else reader.skip(tag & 7);
  }
  return raw;
}
