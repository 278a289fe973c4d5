const SMALLEST = 64 * 1024;
/** Longer texts are measured and copied by Node; for shorter ones the call costs more than the loop. */
const SHORT_TEXT = 40;

/**
 * Protobuf bytes, written from the end to the beginning, as gogo's Marshal does: a message's length stands before it, but is known only after it.
 * So the last field is written first, and of a field first its value, then its length, then its tag. The buffer grows as needed.
 */
export class ProtobufWriter {
  #buffer: Buffer;
  #at: number;

  constructor(capacity = SMALLEST) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(capacity, SMALLEST));
    this.#at = this.#buffer.length;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#buffer.length - this.#at;
  }

  /** What was written. The writer is empty afterwards; the bytes are the caller's. */
  take(): Buffer {
    const { length } = this;
    const bytes = this.#buffer.subarray(this.#at);
    if (length * 2 < this.#buffer.length) {
      this.#at = this.#buffer.length;
      // A copy of its own length: what is kept must not keep the whole buffer.
      const copy = Buffer.allocUnsafeSlow(length);
      bytes.copy(copy);
      return copy;
    }
    this.#buffer = Buffer.allocUnsafeSlow(SMALLEST);
    this.#at = SMALLEST;
    return bytes;
  }

  byte(value: number): void {
    if (this.#at < 1) this.#grow(1);
    this.#buffer[--this.#at] = value;
  }

  /** A non-negative safe integer, as lengths and tags are. */
  varint(value: number): void {
    if (value < 0x80) {
      this.byte(value);
      return;
    }
    if (this.#at < 8) this.#grow(8);
    let size = 2;
    for (let rest = value / 0x4000; rest >= 1; rest /= 0x80) size++;
    const buffer = this.#buffer;
    let at = (this.#at -= size);
    let rest = value;
    while (rest >= 0x80) {
      buffer[at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    buffer[at] = rest;
  }

  /** Any integer of int64; negative ones take ten bytes. Those beyond 2^53 are bigints. */
  integer(value: number | bigint): void {
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) {
      this.varint(Number(value));
      return;
    }
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, typeof value === 'bigint' ? value : BigInt(Math.trunc(value)));
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    this.bytes(Uint8Array.from(bytes));
  }

  double(value: number): void {
    if (this.#at < 8) this.#grow(8);
    this.#buffer.writeDoubleLE(value, (this.#at -= 8));
  }

  bytes(value: Uint8Array): void {
    const size = value.length;
    if (this.#at < size) this.#grow(size);
    this.#buffer.set(value, (this.#at -= size));
  }

  /** A whole field of text: its bytes, its length, its tag. */
  text(tag: number, value: string): void {
    const end = this.length;
    if (value.length <= SHORT_TEXT) this.#shortText(value);
    else this.#longText(value);
    this.varint(this.length - end);
    this.varint(tag);
  }

  /** Ends a length-delimited field whose value was begun when `length` was `end`. */
  close(tag: number, end: number): void {
    this.varint(this.length - end);
    this.varint(tag);
  }

  #shortText(value: string): void {
    if (this.#at < SHORT_TEXT) this.#grow(SHORT_TEXT);
    const buffer = this.#buffer;
    let at = this.#at;
    for (let i = value.length - 1; i >= 0; i--) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) {
        this.#longText(value);
        return;
      }
      buffer[--at] = code;
    }
    this.#at = at;
  }
  #longText(value: string): void {
    const size = Buffer.byteLength(value);
    if (this.#at < size) this.#grow(size);
    this.#at -= size;
    this.#buffer.write(value, this.#at);
  }

  #grow(size: number): void {
    const { length } = this;
    const bigger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, length + size + SMALLEST));
    const at = bigger.length - length;
    this.#buffer.copy(bigger, at, this.#at);
    this.#buffer = bigger;
    this.#at = at;
  }
}
