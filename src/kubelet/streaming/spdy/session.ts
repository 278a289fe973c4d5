import type { Duplex } from 'node:stream';
import { dataFrameHeader, FLAG_FIN, FRAME_TYPES, FrameReader, HeaderWriter, pingFrame, rstStreamFrame, STATUS_CANCEL, synStreamFrame } from './frames.ts';

export interface StreamHandlers {
  data?(bytes: Buffer): void;
  /** The peer sends no more. Called once, also when the stream is reset. */
  end?(): void;
}

/** One stream of a session. Both directions close on their own. */
export interface SpdyStream {
  /** False: the connection is full; `SpdySession.drained` says when to go on. */
  write(bytes: Buffer): boolean;
  /** Sends no more. */
  end(): void;
  /** Gives the stream up in both directions. */
  reset(): void;
}

interface OpenStream {
  readonly id: number;
  readonly handlers: StreamHandlers;
  readonly replied: PromiseWithResolvers<void>;
  isLocalEnded: boolean;
  isRemoteEnded: boolean;
}

const MAX_DATA_LENGTH = 1 << 16;
/**
 * The client's side of a SPDY/3.1 connection to a container runtime's streaming server.
 *
 *   open --close() or the peer--> closed        `closed` is called once; all streams have ended by then.
 *
 * Back-pressure is TCP's: `pause` stops reading all streams, `write` says when the connection is full. Kubernetes' SPDY library, which is
 * on the other side, has no windows: they are not waited for, and giving some would do harm, since a server that closes
 * before it has read them resets the connection and what it sent last is lost.
 */
export class SpdySession {
  readonly #socket: Duplex;
  readonly #headers = new HeaderWriter();
  readonly #streams = new Map<number, OpenStream>();
  readonly #closed: (error?: Error) => void;
  #nextId = 1;
  #isClosed = false;

  /** `head` is what arrived together with the answer to the upgrade. */
  constructor(socket: Duplex, head: Buffer, closed: (error?: Error) => void) {
    this.#socket = socket;
    this.#closed = closed;
    const reader = new FrameReader({
      data: (id, bytes, isLast) => this.#onData(id, bytes, isLast),
      control: (type, flags, body) => this.#onControl(type, flags, body),
    });
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.read(chunk);
      } catch (error) {
        this.#finish(error as Error);
      }
    });
    keepReadable(socket);
    socket.on('error', (error) => this.#finish(error));
    socket.on('close', () => this.#finish());
    socket.on('end', () => this.#finish());
    if (head.length > 0) socket.unshift(head);
  }

  /** Opens a stream; resolves when the peer has accepted it. Rejects when it refuses it or the connection ends. */
  async open(headers: Readonly<Record<string, string>>, handlers: StreamHandlers): Promise<SpdyStream> {
    if (this.#isClosed) throw new Error('The connection to the container runtime is closed');
    const stream: OpenStream = { id: this.#nextId, handlers, replied: Promise.withResolvers(), isLocalEnded: false, isRemoteEnded: false };
    this.#nextId += 2;
    this.#streams.set(stream.id, stream);
    this.#socket.write(synStreamFrame(stream.id, this.#headers.encode(headers)));
    await stream.replied.promise;
    return { write: (bytes) => this.#write(stream, bytes), end: () => this.#end(stream), reset: () => this.#reset(stream) };
  }

  pause(): void {
    this.#socket.pause();
  }
  resume(): void {
    this.#socket.resume();
  }
  /** Calls back once what was written is on its way. */
  drained(done: () => void): void {
    this.#socket.once('drain', done);
  }
  close(): void {
    this.#finish();
  }

  #write(stream: OpenStream, bytes: Buffer): boolean {
    if (this.#isClosed || stream.isLocalEnded) return true;
    let hasRoom = true;
    this.#socket.cork();
    for (let offset = 0; offset < bytes.length; offset += MAX_DATA_LENGTH) {
      const part = bytes.subarray(offset, offset + MAX_DATA_LENGTH);
      this.#socket.write(dataFrameHeader(stream.id, part.length, false));
      hasRoom = this.#socket.write(part);
    }
    this.#socket.uncork();
    return hasRoom;
  }
  #end(stream: OpenStream): void {
    if (this.#isClosed || stream.isLocalEnded) return;
    stream.isLocalEnded = true;
    this.#socket.write(dataFrameHeader(stream.id, 0, true));
    this.#forgetIfDone(stream);
  }
  #reset(stream: OpenStream): void {
    if (!this.#streams.delete(stream.id) || this.#isClosed) return;
    stream.isLocalEnded = true;
    this.#socket.write(rstStreamFrame(stream.id, STATUS_CANCEL));
    this.#endRemote(stream);
  }

  #onData(id: number, bytes: Buffer, isLast: boolean): void {
    const stream = this.#streams.get(id);
    if (!stream || stream.isRemoteEnded) return;
    if (bytes.length > 0) stream.handlers.data?.(bytes);
    if (isLast) this.#endRemote(stream);
  }

  #onControl(type: number, flags: number, body: Buffer): void {
    if (type === FRAME_TYPES.ping) {
      // Even numbers are the server's own pings, odd ones would be answers to ours.
      if (body.readUInt32BE(0) % 2 === 0) this.#socket.write(pingFrame(body.readUInt32BE(0)));
      return;
    }
    if (type === FRAME_TYPES.synReply || type === FRAME_TYPES.headers || type === FRAME_TYPES.rstStream) {
      const stream = this.#streams.get(body.readUInt32BE(0) & 0x7fffffff);
      if (!stream) return;
      if (type === FRAME_TYPES.rstStream) {
        this.#streams.delete(stream.id);
        stream.isLocalEnded = true;
        stream.replied.reject(new Error(`The container runtime refused a stream with status ${body.readUInt32BE(4)}`));
        this.#endRemote(stream);
        return;
      }
      stream.replied.resolve();
      if (flags & FLAG_FIN) this.#endRemote(stream);
    } else if (type === FRAME_TYPES.synStream) {
      this.#socket.write(rstStreamFrame(body.readUInt32BE(0) & 0x7fffffff, STATUS_CANCEL));
    }
  }

  #endRemote(stream: OpenStream): void {
    if (stream.isRemoteEnded) return;
    stream.isRemoteEnded = true;
    this.#forgetIfDone(stream);
    stream.handlers.end?.();
  }
  #forgetIfDone(stream: OpenStream): void {
    if (stream.isLocalEnded && stream.isRemoteEnded) this.#streams.delete(stream.id);
  }

  #finish(error?: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const reason = error ?? new Error('The container runtime closed the connection');
    for (const stream of this.#streams.values()) {
      stream.replied.promise.catch(() => undefined);
      stream.replied.reject(reason);
      this.#endRemote(stream);
    }
    this.#streams.clear();
    this.#socket.destroy();
    this.#closed(error);
  }
}

/**
 * A runtime that has said how a command ended closes the connection though we may still be sending. Node gives up reading too when a
 * write fails, and with it what the runtime said last; so failures to write are not told. Reading notices the end by itself.
 */
function keepReadable(socket: Duplex): void {
  const write = socket._write.bind(socket);
  socket._write = (chunk, encoding, done) => write(chunk, encoding, () => done());
  const writeMany = socket._writev?.bind(socket);
  if (writeMany) socket._writev = (chunks, done) => writeMany(chunks, () => done());
}
