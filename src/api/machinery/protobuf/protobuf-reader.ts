import { exactInteger } from '#lib';

/** Bytes that are no protobuf; the message is that of gogo's Unmarshal. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** How messages may be nested: no kind comes near it, and what goes through the object afterwards must not overflow its stack. */
const MAX_DEPTH = 1_000;

/** Reads protobuf's wire form from bytes; every method throws ProtobufError rather than read beyond `end`. */
export class ProtobufReader {
  readonly bytes: Buffer;
  at: number;
  /** The end of the message being read. */
  end: number;
  #depth = 0;
  // The halves of the varint read last.
  #low = 0;
  #high = 0;

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** A field's tag; `message` is named in errors. */
  tag(message: string): number {
    const first = this.at < this.end ? (this.bytes[this.at] as number) : 0x80;
    if (first < 0x80) {
      this.at++;
      this.#low = first;
      this.#high = 0;
    } else this.#varint();
    const wireType = this.#low & 7;
    if (wireType === 4) throw new ProtobufError(`proto: ${message}: wiretype end group for non-group`);
    // Go reads the number as int32 of the tag without its lowest three bits.
    const number = (this.#low >>> 3) | (this.#high << 29) | 0;
    if (number <= 0) throw new ProtobufError(`proto: ${message}: illegal tag ${number} (wire type ${this.#high * 2 ** 32 + this.#low})`);
    return number * 8 + wireType;
  }

  /** An int64: a bigint where no number is exact, which the type does not tell. */
  int64(): number {
    this.#varint();
    const value = (this.#high | 0) * 2 ** 32 + this.#low;
    if (Number.isSafeInteger(value)) return value;
    return exactInteger(String((BigInt(this.#high | 0) << 32n) + BigInt(this.#low))) as number;
  }
  int32(): number {
    this.#varint();
    return this.#low | 0;
  }
  bool(): boolean {
    this.#varint();
    return this.#low !== 0 || this.#high !== 0;
  }
  double(): number {
    if (this.at + 8 > this.end) throw eof();
    const value = this.bytes.readDoubleLE(this.at);
    this.at += 8;
    if (!Number.isFinite(value)) throw new ProtobufError(`json: unsupported value: ${Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'}`);
    return value;
  }
  text(): string {
    const size = this.length();
    const from = this.at;
    this.at += size;
    if (size === 0) return '';
    return size <= SHORT_TEXT ? shortText(this.bytes, from, this.at) : this.bytes.toString('utf8', from, this.at);
  }
  /** A view of the bytes of a length-delimited field. */
  block(): Buffer {
    const size = this.length();
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }

  /** Reads a length-delimited field as a message of its own: `read` runs until `at` is `end`. */
  message<T>(read: (reader: ProtobufReader) => T): T {
    const size = this.length();
    const outer = this.end;
    this.end = this.at + size;
    if (++this.#depth > MAX_DEPTH) throw new ProtobufError('proto: exceeded max depth');
    const value = read(this);
    this.#depth--;
    this.end = outer;
    return value;
  }

  /** The length of a length-delimited field, which lies wholly before the end. */
  length(): number {
    this.#varint();
    if (this.#high >= 0x80000000) throw negativeLength();
    const size = this.#high * 2 ** 32 + this.#low;
    if (this.at + size > this.end) throw eof();
    return size;
  }

  /** Passes over the value of an unknown field whose tag was just read. */
  skip(wireType: number): void {
    let depth = 0;
    let type = wireType;
    for (;;) {
      depth += this.#skipValue(type, depth);
      if (this.at > this.end) throw eof();
      if (depth === 0) return;
      if (this.at >= this.end) throw eof();
      this.#varint();
      type = this.#low & 7;
    }
  }
  /** How much deeper in groups it is afterwards. */
  #skipValue(type: number, depth: number): number {
    switch (type) {
      case 0:
        this.#varint();
        return 0;
      case 1:
        this.at += 8;
        return 0;
      case 2: {
        const size = this.length();
        this.at += size;
        return 0;
      }
      case 3:
        return 1;
      case 4:
        if (depth === 0) throw new ProtobufError('proto: unexpected end of group');
        return -1;
      case 5:
        this.at += 4;
        return 0;
      default:
        throw new ProtobufError(`proto: illegal wireType ${type}`);
    }
  }

  #varint(): void {
    const { bytes, end } = this;
    let at = this.at;
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (shift >= 64) throw new ProtobufError('proto: integer overflow');
      if (at >= end) throw eof();
      const byte = bytes[at++] as number;
      const part = byte & 0x7f;
      if (shift < 28) low |= part << shift;
      else if (shift === 28) {
        low |= part << 28;
        high = part >>> 4;
      } else high |= part << (shift - 32);
      if (byte < 0x80) break;
    }
    this.at = at;
    this.#low = low >>> 0;
    this.#high = high >>> 0;
  }
}

// Most texts of an object stand in many others: they are made once, for as long as they lie here.
const SHORT_TEXT = 24;
const SLOTS = 2_048;
const known: (string | undefined)[] = Array.from({ length: SLOTS }, () => undefined);

function shortText(bytes: Buffer, from: number, to: number): string {
  let hash = to - from;
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    if (byte >= 0x80) return bytes.toString('utf8', from, to);
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  const text = known[slot];
  if (text !== undefined && isSame(text, bytes, from, to)) return text;
  return (known[slot] = bytes.toString('latin1', from, to));
}
function isSame(text: string, bytes: Buffer, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let i = from; i < to; i++) if (text.charCodeAt(i - from) !== bytes[i]) return false;
  return true;
}

function eof(): ProtobufError {
  return new ProtobufError('unexpected EOF');
}
function negativeLength(): ProtobufError {
  return new ProtobufError('proto: negative length found during unmarshaling');
}
