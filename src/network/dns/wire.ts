/** DNS messages as bytes (RFC 1035, EDNS of RFC 6891), as far as a cluster's name server needs them. Pure. */

export const TYPE = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, TXT: 16, AAAA: 28, SRV: 33, OPT: 41, ANY: 255 } as const;
export const RCODE = { noError: 0, formErr: 1, servFail: 2, nxDomain: 3, notImp: 4, refused: 5 } as const;

export interface Query {
  readonly id: number;
  readonly isRecursionDesired: boolean;
  readonly opcode: number;
  /** As the client wrote it, without the last dot. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Present when the client speaks EDNS: the largest datagram it takes. */
  readonly edns?: { readonly size: number; readonly isDnssecWanted: boolean } | undefined;
  /** The question's bytes: they open the answer unchanged. */
  readonly question: Buffer;
}

export type ResourceRecord = { readonly name: string; readonly ttl: number } & (
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly type: 'CNAME' | 'PTR' | 'NS'; readonly target: string }
  | { readonly type: 'SRV'; readonly priority: number; readonly weight: number; readonly port: number; readonly target: string }
  | { readonly type: 'TXT'; readonly text: string }
  | { readonly type: 'SOA'; readonly primary: string; readonly mailbox: string; readonly serial: number; readonly minimum: number }
);

export interface Answer {
  readonly rcode: number;
  /** From this server's own zone. */
  readonly isAuthoritative: boolean;
  readonly answers: readonly ResourceRecord[];
  readonly authority?: readonly ResourceRecord[];
  readonly additional?: readonly ResourceRecord[];
}

const HEADER = 12;
/** What UDP carries without EDNS, and the most that is sent with it (it passes every network unfragmented). */
export const PLAIN_UDP_SIZE = 512;
export const LARGEST_UDP_SIZE = 1232;

/** Reads a query; undefined when it is too broken to answer at all, `formErr` when the client deserves to hear so. */
export function readQuery(bytes: Buffer): Query | { readonly formErr: number } | undefined {
  if (bytes.length < HEADER) return undefined;
  const id = bytes.readUInt16BE(0);
  const flags = bytes.readUInt16BE(2);
  if (flags & 0x8000) return undefined; // an answer
  if (bytes.readUInt16BE(4) !== 1) return { formErr: id };
  const name = readName(bytes, HEADER);
  if (!name || name.end + 4 > bytes.length) return { formErr: id };
  const end = name.end + 4;
  return {
    id,
    isRecursionDesired: (flags & 0x0100) !== 0,
    opcode: (flags >> 11) & 15,
    name: name.text,
    type: bytes.readUInt16BE(name.end),
    class: bytes.readUInt16BE(name.end + 2),
    edns: readEdns(bytes, end),
    question: bytes.subarray(HEADER, end),
  };
}

function readEdns(bytes: Buffer, start: number): Query['edns'] {
  let edns: Query['edns'];
  forEachRecord(bytes, { start, count: bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10) }, (record) => {
    if (record.type === TYPE.OPT)
      edns = { size: Math.max(PLAIN_UDP_SIZE, record.class), isDnssecWanted: (bytes.readUInt16BE(record.ttlAt + 2) & 0x8000) !== 0 };
  });
  return edns;
}

/** Follows compression pointers; undefined when the name is malformed. `end` is behind the name where it stands. */
export function readName(bytes: Buffer, start: number): { text: string; end: number } | undefined {
  const labels: string[] = [];
  let at = start;
  let end = -1;
  let length = 0;
  for (;;) {
    const size = bytes[at];
    if (size === undefined) return undefined;
    if ((size & 0xc0) === 0xc0) {
      const next = bytes[at + 1];
      if (next === undefined) return undefined;
      if (end < 0) end = at + 2;
      const target = ((size & 0x3f) << 8) | next;
      if (target >= at) return undefined; // only backwards, so that it ends
      at = target;
      continue;
    }
    if (size > 63) return undefined;
    if (size === 0) return { text: labels.join('.'), end: end < 0 ? at + 1 : end };
    length += size + 1;
    if (at + size >= bytes.length || length > 254) return undefined;
    labels.push(bytes.toString('latin1', at + 1, at + 1 + size));
    at += size + 1;
  }
}

export interface RawRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  /** Where the four bytes of the TTL and the data are. */
  readonly ttlAt: number;
  readonly dataAt: number;
  readonly dataLength: number;
}

/** Visits the records from `start`; false when the message ends too early. */
export function forEachRecord(bytes: Buffer, { start, count }: { start: number; count: number }, visit: (record: RawRecord) => void): boolean {
  let at = start;
  for (let index = 0; index < count; index++) {
    const name = readName(bytes, at);
    if (!name || name.end + 10 > bytes.length) return false;
    const dataLength = bytes.readUInt16BE(name.end + 8);
    const dataAt = name.end + 10;
    if (dataAt + dataLength > bytes.length) return false;
    visit({
      name: name.text,
      type: bytes.readUInt16BE(name.end),
      class: bytes.readUInt16BE(name.end + 2),
      ttl: bytes.readUInt32BE(name.end + 4),
      ttlAt: name.end + 4,
      dataAt,
      dataLength,
    });
    at = dataAt + dataLength;
  }
  return true;
}

/** The largest answer the client takes by UDP. */
export function udpLimit(query: Query): number {
  return query.edns ? Math.min(query.edns.size, LARGEST_UDP_SIZE) : PLAIN_UDP_SIZE;
}

/** An answer of at most `limit` bytes: records that do not fit are left out, and missing answers say so (TC). */
export function writeAnswer(query: Query, answer: Answer, limit: number): Buffer {
  const writer = new AnswerWriter(query, limit - (query.edns ? OPT_LENGTH : 0));
  const answers = writer.records(answer.answers);
  const isTruncated = answers < answer.answers.length;
  const authority = isTruncated ? 0 : writer.records(answer.authority ?? []);
  const additional = isTruncated ? 0 : writer.records(answer.additional ?? []);
  if (query.edns) writer.opt();
  const flags =
    0x8000 |
    (query.opcode << 11) |
    (answer.isAuthoritative ? 0x0400 : 0) |
    (isTruncated ? 0x0200 : 0) |
    (query.isRecursionDesired ? 0x0100 : 0) |
    0x0080 |
    answer.rcode;
  return writer.finish({ id: query.id, flags, counts: [1, answers, authority, additional + (query.edns ? 1 : 0)] });
}

/** An answer without records. */
export function writeFailure(query: Query, rcode: number): Buffer {
  return writeAnswer(query, { rcode, isAuthoritative: false, answers: [] }, PLAIN_UDP_SIZE);
}
/** For queries that cannot be read. */
export function writeFormErr(id: number): Buffer {
  const bytes = Buffer.alloc(HEADER);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt16BE(0x8000 | RCODE.formErr, 2);
  return bytes;
}

const OPT_LENGTH = 11;

class AnswerWriter {
  readonly #limit: number;
  /** Name suffix in lower case → where it stands. */
  readonly #offsets = new Map<string, number>();
  #bytes: Buffer;
  #at = HEADER;

  constructor(query: Query, limit: number) {
    this.#limit = limit;
    this.#bytes = Buffer.allocUnsafe(Math.min(1024, limit + 512));
    this.#put(query.question);
    this.#remember(query.name, HEADER);
  }

  /** Writes records until one does not fit; returns how many did. */
  records(records: readonly ResourceRecord[]): number {
    let count = 0;
    for (const record of records) {
      const before = this.#at;
      this.#record(record);
      if (this.#at > this.#limit) {
        this.#at = before;
        for (const [suffix, offset] of this.#offsets) if (offset >= before) this.#offsets.delete(suffix);
        break;
      }
      count += 1;
    }
    return count;
  }
  opt(): void {
    this.#uint8(0);
    this.#uint16(TYPE.OPT);
    this.#uint16(LARGEST_UDP_SIZE);
    this.#uint32(0);
    this.#uint16(0);
  }
  finish({ id, flags, counts }: { id: number; flags: number; counts: readonly number[] }): Buffer {
    this.#bytes.writeUInt16BE(id, 0);
    this.#bytes.writeUInt16BE(flags, 2);
    counts.forEach((count, index) => this.#bytes.writeUInt16BE(count, 4 + index * 2));
    return this.#bytes.subarray(0, this.#at);
  }

  #record(record: ResourceRecord): void {
    this.#name(record.name, true);
    this.#uint16(TYPE[record.type]);
    this.#uint16(1);
    this.#uint32(record.ttl);
    const lengthAt = this.#at;
    this.#uint16(0);
    this.#data(record);
    this.#bytes.writeUInt16BE(this.#at - lengthAt - 2, lengthAt);
  }
  #data(record: ResourceRecord): void {
    switch (record.type) {
      case 'A':
      case 'AAAA':
        return this.#put(addressBytes(record.address));
      case 'CNAME':
      case 'PTR':
      case 'NS':
        return this.#name(record.target, true);
      case 'SRV':
        this.#uint16(record.priority);
        this.#uint16(record.weight);
        this.#uint16(record.port);
        return this.#name(record.target, false); // RFC 2782: not compressed
      case 'TXT': {
        const text = Buffer.from(record.text);
        this.#uint8(text.length);
        return this.#put(text);
      }
      case 'SOA':
        this.#name(record.primary, true);
        this.#name(record.mailbox, true);
        for (const value of [record.serial, 7200, 1800, 86_400, record.minimum]) this.#uint32(value);
    }
  }

  #name(name: string, mayPoint: boolean): void {
    let rest = name;
    while (rest !== '') {
      const suffix = rest.toLowerCase();
      const known = this.#offsets.get(suffix);
      if (mayPoint && known !== undefined) return this.#uint16(0xc000 | known);
      if (known === undefined && this.#at < 0x4000) this.#offsets.set(suffix, this.#at);
      const dot = rest.indexOf('.');
      const label = Buffer.from(dot < 0 ? rest : rest.slice(0, dot), 'latin1');
      this.#uint8(label.length);
      this.#put(label);
      rest = dot < 0 ? '' : rest.slice(dot + 1);
    }
    this.#uint8(0);
  }
  #remember(name: string, offset: number): void {
    let rest = name.toLowerCase();
    let at = offset;
    while (rest !== '') {
      this.#offsets.set(rest, at);
      const dot = rest.indexOf('.');
      at += (dot < 0 ? rest.length : dot) + 1;
      rest = dot < 0 ? '' : rest.slice(dot + 1);
    }
  }

  #room(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + length));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
  #put(bytes: Buffer): void {
    this.#room(bytes.length);
    bytes.copy(this.#bytes, this.#at);
    this.#at += bytes.length;
  }
  #uint8(value: number): void {
    this.#room(1);
    this.#at = this.#bytes.writeUInt8(value, this.#at);
  }
  #uint16(value: number): void {
    this.#room(2);
    this.#at = this.#bytes.writeUInt16BE(value, this.#at);
  }
  #uint32(value: number): void {
    this.#room(4);
    this.#at = this.#bytes.writeUInt32BE(value >>> 0, this.#at);
  }
}

/** The 4 or 16 bytes of an address. */
export function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':').flatMap(groupBytes));
  const [before, after] = [groups(head), groups(tail ?? '')];
  return Buffer.from([...before, ...Array<number>(Math.max(0, 16 - before.length - after.length)).fill(0), ...after]);
}
function groupBytes(group: string): number[] {
  if (group.includes('.')) return group.split('.').map(Number);
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 255];
}
