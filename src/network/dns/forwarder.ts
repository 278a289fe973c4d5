import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { type Clock, type Random, systemClock, systemRandom } from '#lib';
import { forEachRecord, type Query, RCODE, readName, TYPE } from './wire.ts';

export interface ForwarderOptions {
  /** Addresses of name servers, asked on port 53 (or `address#port`). */
  readonly upstreams: () => Promise<readonly string[]>;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** How long one name server may take, and how many are tried. */
const TIMEOUT_MS = 2000;
const MAX_TRIES = 3;
/** Answers are kept no longer than this, as in k3s' DNS configuration. */
const MAX_TTL_SECONDS = 30;
const CACHE_ENTRIES = 2000;
const HEADER = 12;

interface Cached {
  readonly answer: Buffer;
  readonly ttlOffsets: readonly number[];
  readonly storedMs: number;
  readonly expiresMs: number;
}

/** Asks the host's name servers and remembers their answers for a while. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #cache = new Map<string, Cached>();
  readonly #pending = new Map<string, Promise<Buffer | undefined>>();

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
  }

  /** The upstream's answer to `bytes` (which `query` was read from), under the client's id; undefined when none answers. */
  async ask(bytes: Buffer, query: Query, isTcp: boolean): Promise<Buffer | undefined> {
    const key = `${query.name.toLowerCase()} ${query.type} ${query.class} ${query.isRecursionDesired} ${query.edns ? `${query.edns.isDnssecWanted} ${query.edns.size}` : '-'} ${isTcp}`;
    const cached = this.#fromCache(key);
    if (cached) return addressed(cached, query);
    let pending = this.#pending.get(key);
    if (!pending) {
      pending = this.#askUpstreams(bytes, isTcp).finally(() => this.#pending.delete(key));
      this.#pending.set(key, pending);
    }
    const answer = await pending;
    if (!answer) return undefined;
    this.#remember(key, answer);
    return addressed(Buffer.from(answer), query);
  }

  async #askUpstreams(bytes: Buffer, isTcp: boolean): Promise<Buffer | undefined> {
    const upstreams = await this.#options.upstreams();
    const start = Math.floor(this.#random.number() * upstreams.length);
    let worse: Buffer | undefined;
    for (let index = 0; index < Math.min(MAX_TRIES, upstreams.length); index++) {
      const upstream = upstreams[(start + index) % upstreams.length] as string;
      const answer = await (isTcp ? askByTcp : askByUdp)(bytes, upstream, this.#clock);
      if (!answer) continue;
      const rcode = answer.readUInt8(3) & 15;
      if (rcode === RCODE.noError || rcode === RCODE.nxDomain) return answer;
      worse = answer;
    }
    return worse;
  }

  #fromCache(key: string): Buffer | undefined {
    const entry = this.#cache.get(key);
    if (!entry) return undefined;
    const now = this.#clock.monotonic();
    if (now >= entry.expiresMs) {
      this.#cache.delete(key);
      return undefined;
    }
    const answer = Buffer.from(entry.answer);
    const age = Math.floor((now - entry.storedMs) / 1000);
    for (const offset of entry.ttlOffsets) answer.writeUInt32BE(Math.max(0, answer.readUInt32BE(offset) - age), offset);
    return answer;
  }

  #remember(key: string, answer: Buffer): void {
    const life = lifeOf(answer);
    if (!life || life.seconds === 0) return;
    const now = this.#clock.monotonic();
    this.#cache.delete(key);
    if (this.#cache.size >= CACHE_ENTRIES) this.#cache.delete(this.#cache.keys().next().value as string);
    this.#cache.set(key, { answer, ttlOffsets: life.ttlOffsets, storedMs: now, expiresMs: now + life.seconds * 1000 });
  }
}

/** How long an answer may be kept, and where its TTLs stand; undefined when not at all. TTLs beyond the limit are lowered in place. */
function lifeOf(answer: Buffer): { seconds: number; ttlOffsets: number[] } | undefined {
  const isTruncated = (answer.readUInt8(2) & 2) !== 0;
  const rcode = answer.readUInt8(3) & 15;
  if (isTruncated || (rcode !== RCODE.noError && rcode !== RCODE.nxDomain)) return undefined;
  const question = readName(answer, HEADER);
  if (!question) return undefined;
  const ttlOffsets: number[] = [];
  let seconds = MAX_TTL_SECONDS;
  let hasSoa = false;
  const count = answer.readUInt16BE(6) + answer.readUInt16BE(8) + answer.readUInt16BE(10);
  const isWhole = forEachRecord(answer, { start: question.end + 4, count }, ({ type, ttl, ttlAt, dataAt, dataLength }) => {
    if (type === TYPE.OPT) return;
    ttlOffsets.push(ttlAt);
    let limit = ttl;
    if (type === TYPE.SOA && dataLength >= 4) {
      hasSoa = true;
      limit = Math.min(ttl, answer.readUInt32BE(dataAt + dataLength - 4));
    }
    seconds = Math.min(seconds, limit);
    if (ttl > MAX_TTL_SECONDS) answer.writeUInt32BE(MAX_TTL_SECONDS, ttlAt);
  });
  // Without a SOA nobody says how long "there is nothing" holds.
  const isNegative = rcode === RCODE.nxDomain || answer.readUInt16BE(6) === 0;
  return isWhole && (!isNegative || hasSoa) ? { seconds, ttlOffsets } : undefined;
}

/** The answer with the client's id, and its question as the client wrote it. */
function addressed(answer: Buffer, query: Query): Buffer {
  answer.writeUInt16BE(query.id, 0);
  query.question.copy(answer, HEADER);
  return answer;
}

function isAnswerTo(answer: Buffer, bytes: Buffer): boolean {
  return answer.length >= HEADER && (answer.readUInt8(2) & 0x80) !== 0 && answer.readUInt16BE(0) === bytes.readUInt16BE(0) && sameQuestion(answer, bytes);
}
function sameQuestion(answer: Buffer, bytes: Buffer): boolean {
  const [given, asked] = [readName(answer, HEADER), readName(bytes, HEADER)];
  return given !== undefined && asked !== undefined && given.end === asked.end && given.text.toLowerCase() === asked.text.toLowerCase();
}

function endpointOf(upstream: string): { address: string; port: number } {
  const [address = '', port] = upstream.split('#');
  return { address, port: port ? Number(port) : 53 };
}

/** A socket of its own for each question: its random port makes forged answers unlikely. */
function askByUdp(bytes: Buffer, upstream: string, clock: Clock): Promise<Buffer | undefined> {
  const { address, port } = endpointOf(upstream);
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const finish = (answer?: Buffer) => {
      timer.cancel();
      socket.close();
      resolve(answer);
    };
    const timer = clock.setTimer(TIMEOUT_MS, () => finish());
    socket.once('error', () => finish());
    socket.on('message', (answer) => {
      if (isAnswerTo(answer, bytes)) finish(answer);
    });
    socket.connect(port, address, () => socket.send(bytes));
  });
}

function askByTcp(bytes: Buffer, upstream: string, clock: Clock): Promise<Buffer | undefined> {
  const { address, port } = endpointOf(upstream);
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    let received = Buffer.alloc(0);
    const finish = (answer?: Buffer) => {
      timer.cancel();
      socket.destroy();
      resolve(answer);
    };
    const timer = clock.setTimer(TIMEOUT_MS, () => finish());
    socket.once('error', () => finish());
    socket.once('close', () => finish());
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const length = received.length >= 2 ? received.readUInt16BE(0) : Number.POSITIVE_INFINITY;
      if (received.length < length + 2) return;
      const answer = received.subarray(2, length + 2);
      finish(isAnswerTo(answer, bytes) ? answer : undefined);
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    socket.write(Buffer.concat([length, bytes]));
  });
}
