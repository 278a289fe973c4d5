/** SPDY/3.1 frames, as far as the container runtimes' streaming servers use them. https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1 */

export const FRAME_TYPES = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goAway: 7, headers: 8 } as const;
export const FLAG_FIN = 1;
/** RST_STREAM status CANCEL. */
export const STATUS_CANCEL = 5;
const VERSION = 3;
/** Control frames are small; a longer one is not from a peer that means well. */
const MAX_CONTROL_LENGTH = 1 << 20;

/** An empty stored block: decompressors hand out what came before when they see it. */
const FLUSH = Buffer.from('000000ffff', 'hex');

/**
 * Turns header blocks into the connection's one zlib stream. It writes stored blocks, which need neither compressor nor state:
 * only the first block begins with the zlib header that names SPDY's dictionary.
 */
export class HeaderWriter {
  #isFirst = true;

  encode(headers: Readonly<Record<string, string>>): Buffer {
    const plain = headerBlock(headers);
    const start = Buffer.alloc(5);
    start.writeUInt16LE(plain.length, 1);
    start.writeUInt16LE(plain.length ^ 0xffff, 3);
    const zlibHeader = this.#isFirst ? Buffer.from('78bbe3c6a7c2', 'hex') : Buffer.alloc(0);
    this.#isFirst = false;
    return Buffer.concat([zlibHeader, start, plain, FLUSH]);
  }
}

function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(headers);
  const parts = [uint32(entries.length)];
  for (const [name, value] of entries) {
    for (const text of [name.toLowerCase(), value]) {
      const bytes = Buffer.from(text);
      parts.push(uint32(bytes.length), bytes);
    }
  }
  return Buffer.concat(parts);
}

export function synStreamFrame(streamId: number, block: Buffer): Buffer {
  return controlFrame(FRAME_TYPES.synStream, Buffer.concat([uint32(streamId), uint32(0), Buffer.alloc(2), block]));
}
export function synReplyFrame(streamId: number, block: Buffer): Buffer {
  return controlFrame(FRAME_TYPES.synReply, Buffer.concat([uint32(streamId), block]));
}
export function rstStreamFrame(streamId: number, status: number): Buffer {
  return controlFrame(FRAME_TYPES.rstStream, Buffer.concat([uint32(streamId), uint32(status)]));
}
export function pingFrame(id: number): Buffer {
  return controlFrame(FRAME_TYPES.ping, uint32(id));
}
/** The eight bytes before `length` bytes of data. */
export function dataFrameHeader(streamId: number, length: number, isLast: boolean): Buffer {
  const header = Buffer.allocUnsafe(8);
  header.writeUInt32BE(streamId, 0);
  header.writeUInt32BE(length, 4);
  header[4] = isLast ? FLAG_FIN : 0;
  return header;
}

function controlFrame(type: number, body: Buffer): Buffer {
  const header = Buffer.allocUnsafe(8);
  header.writeUInt16BE(0x8000 | VERSION, 0);
  header.writeUInt16BE(type, 2);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}
function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

export interface FrameHandlers {
  /** A piece of a stream's data: frames are told as they arrive, not first collected. `isLast` closes the stream's direction. */
  data(streamId: number, bytes: Buffer, isLast: boolean): void;
  control(type: number, flags: number, body: Buffer): void;
}

/** Cuts what arrives into frames. Throws an Error for what is not SPDY. */
export class FrameReader {
  readonly #handlers: FrameHandlers;
  readonly #header = Buffer.alloc(8);
  #headerLength = 0;
  #remaining = 0;
  #body: Buffer[] = [];

  constructor(handlers: FrameHandlers) {
    this.#handlers = handlers;
  }

  read(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#headerLength < 8) {
        const taken = chunk.copy(this.#header, this.#headerLength, offset, offset + 8 - this.#headerLength);
        offset += taken;
        this.#headerLength += taken;
        if (this.#headerLength < 8) return;
        this.#remaining = this.#header.readUIntBE(5, 3);
        this.#checkHeader();
        if (this.#remaining === 0) this.#finishFrame();
        continue;
      }
      const bytes = chunk.subarray(offset, offset + this.#remaining);
      offset += bytes.length;
      this.#remaining -= bytes.length;
      this.#takeBody(bytes);
    }
  }

  get #isControl(): boolean {
    return (this.#header.readUInt8(0) & 0x80) !== 0;
  }
  #checkHeader(): void {
    if (!this.#isControl) return;
    const version = this.#header.readUInt16BE(0) & 0x7fff;
    if (version !== VERSION) throw new Error(`Not a SPDY/3 frame: version ${version}`);
    if (this.#remaining > MAX_CONTROL_LENGTH) throw new Error(`SPDY control frame of ${this.#remaining} bytes is too long`);
  }
  #takeBody(bytes: Buffer): void {
    if (this.#isControl) this.#body.push(bytes);
    else if (this.#remaining > 0) this.#handlers.data(this.#header.readUInt32BE(0), bytes, false);
    else {
      const isLast = (this.#header.readUInt8(4) & FLAG_FIN) !== 0;
      this.#headerLength = 0;
      this.#handlers.data(this.#header.readUInt32BE(0), bytes, isLast);
      return;
    }
    if (this.#remaining === 0) this.#finishFrame();
  }
  #finishFrame(): void {
    this.#headerLength = 0;
    const flags = this.#header.readUInt8(4);
    if (this.#isControl) {
      const body = Buffer.concat(this.#body);
      this.#body = [];
      this.#handlers.control(this.#header.readUInt16BE(2), flags, body);
    } else this.#handlers.data(this.#header.readUInt32BE(0), Buffer.alloc(0), (flags & FLAG_FIN) !== 0);
  }
}
