import type { Writable } from 'node:stream';

/** A body that is made while it is sent: a list of any length never lies in memory as a whole. */
export interface PiecedBody {
  /** About how many bytes all pieces are; small bodies are sent in one go when it is no less. */
  readonly sizeHint: number;
  pieces(): Iterable<Buffer | string>;
}

/**
 * Large enough that a chunk's own cost does not count, small enough that two for each answer under way do not either, and that what Node and OpenSSL
 * allocate for one comes from the heap: from 128 KiB on it would be mapped and unmapped every time (bin/k3ts), which costs as much as sending it.
 */
export const CHUNK_BYTES = 64 * 1024;

/** Pieces joined into chunks, each written over the memory that the caller gives. */
class Chunks {
  readonly #pieces: Iterator<Buffer | string>;
  /** What did not fit into the last chunk. */
  #rest: Buffer | undefined;
  isEnd = false;

  constructor(body: PiecedBody) {
    this.#pieces = body.pieces()[Symbol.iterator]();
  }

  /** Fills `target` as far as there are pieces; returns the filled part. */
  fill(target: Buffer): Buffer {
    let offset = 0;
    for (;;) {
      const piece = this.#rest ?? this.#next();
      if (piece === undefined) return target.subarray(0, offset);
      const room = target.length - offset;
      if (typeof piece === 'string') {
        // A character is at most three bytes long.
        if (piece.length * 3 <= room) offset += target.write(piece, offset);
        else this.#rest = Buffer.from(piece);
        continue;
      }
      piece.copy(target, offset, 0, room);
      if (piece.length > room) {
        this.#rest = piece.subarray(room);
        return target;
      }
      this.#rest = undefined;
      offset += piece.length;
    }
  }

  #next(): Buffer | string | undefined {
    const { done, value } = this.#pieces.next();
    if (!done) return value;
    this.isEnd = true;
    return undefined;
  }
}

/** What has begun of a body: all of it, or a first chunk and the way to send the rest. */
export type Begun = { readonly whole: Buffer } | { readonly sendTo: (out: Writable) => void };

/** Makes the first chunk; errors of the pieces are thrown here, later ones break the answer off. */
export function beginBody(body: PiecedBody): Begun {
  const chunks = new Chunks(body);
  const first = chunks.fill(Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, body.sizeHint)));
  return chunks.isEnd ? { whole: first } : { sendTo: (out) => send(out, chunks, first) };
}

/** Sends chunk after chunk, each when one before it has been taken: one is made while another is on its way. */
function send(out: Writable, chunks: Chunks, first: Buffer): void {
  const refill = (memory: Buffer): void => {
    if (out.destroyed || chunks.isEnd) return;
    try {
      const chunk = chunks.fill(memory);
      if (chunks.isEnd) out.end(chunk);
      else out.write(chunk, (error) => error ?? refill(memory));
    } catch (error) {
      out.destroy(error as Error);
    }
  };
  out.write(first, (error) => error ?? refill(first));
  refill(Buffer.allocUnsafeSlow(CHUNK_BYTES));
}

/** The body's chunks, each in memory of its own. */
export function* chunksOf(body: PiecedBody): Generator<Buffer, void, void> {
  const chunks = new Chunks(body);
  while (!chunks.isEnd) {
    const chunk = chunks.fill(Buffer.allocUnsafeSlow(CHUNK_BYTES));
    if (chunk.length > 0) yield chunk;
  }
}
