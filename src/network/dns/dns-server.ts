import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { type Client, createInformerFactory, type InformerFactory } from '#client';
import { type Clock, createLog, type Log, type Random, systemClock, systemRandom } from '#lib';
import { makeQuietLink } from '../quiet-link.ts';
import { LiveClusterView } from './cluster-view.ts';
import { Forwarder } from './forwarder.ts';
import { answerOf, type Zone } from './records.ts';
import { HostNameServers } from './resolv-conf.ts';
import {
  type Answer,
  forEachRecord,
  type Query,
  RCODE,
  readName,
  readQuery,
  type ResourceRecord,
  TYPE,
  udpLimit,
  writeAnswer,
  writeFailure,
  writeFormErr,
} from './wire.ts';

export interface DnsOptions {
  readonly client: Client;
  /** Informers to share with others; default: own ones. */
  readonly informers?: InformerFactory | undefined;
  readonly clusterDomain: string;
  /** Addresses to serve; they are put on the link `k3ts-dns`, unless `linkName` is ''. */
  readonly clusterDns: readonly string[];
  readonly linkName?: string | undefined;
  /** Default 53; 0: any free one (then UDP and TCP share it). */
  readonly port?: number | undefined;
  /** Default `/etc/resolv.conf`: whose name servers are asked for names outside the cluster. */
  readonly resolvConf?: string | undefined;
  /** Name servers instead of those of `resolvConf`: `address` or `address#port`. */
  readonly upstreams?: readonly string[] | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** Cluster DNS of this node. */
export interface Dns {
  readonly name: string;
  /** Resolves when it listens. Rejects when an address cannot be served. */
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): string | undefined;
  readonly port: number;
}

/** The longest that a question for a cluster name waits for the first view of the cluster. */
const SYNC_WAIT_MS = 2000;
const LARGEST_TCP_MESSAGE = 65_535;
const TCP_IDLE_MS = 10_000;

/** Answers names of the cluster from what the API says, and everything else from the host's name servers. */
export function createDns(options: DnsOptions): Dns {
  return new DnsServer(options);
}

class DnsServer implements Dns {
  readonly name = 'dns';
  readonly #options: DnsOptions;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #view = new LiveClusterView();
  readonly #zone: Zone;
  readonly #upstreams: () => Promise<readonly string[]>;
  readonly #forwarder: Forwarder;
  readonly #stop = new AbortController();
  readonly #udp: UdpSocket[] = [];
  readonly #tcp: Server[] = [];
  readonly #connections = new Set<Socket>();
  #synced: Promise<void> | undefined;
  #isSynced = false;
  #port: number;

  constructor(options: DnsOptions) {
    this.#options = options;
    this.#log = options.log ?? createLog('network');
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#port = options.port ?? 53;
    this.#zone = { domain: options.clusterDomain.toLowerCase().replace(/\.$/, ''), view: this.#view };
    const { upstreams, resolvConf = '/etc/resolv.conf', clusterDns } = options;
    const fromHost = new HostNameServers({ path: resolvConf, ownAddresses: clusterDns, clock: this.#clock, log: this.#log });
    this.#upstreams = upstreams ? () => Promise.resolve(upstreams) : () => fromHost.current();
    this.#forwarder = new Forwarder({ upstreams: this.#upstreams, clock: this.#clock, random: this.#random });
  }

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const { clusterDns, linkName = 'k3ts-dns', client } = this.#options;
    await this.#upstreams(); // tells at once when there are none
    const informers = this.#options.informers ?? createInformerFactory(client, { signal: this.#stop.signal, log: this.#log, clock: this.#clock });
    this.#synced = this.#view.follow(informers).then(
      () => void (this.#isSynced = true),
      () => undefined,
    );
    try {
      if (linkName)
        await makeQuietLink(
          linkName,
          clusterDns.map((address) => `address replace ${address}/${isIPv6(address) ? 128 : 32} dev ${linkName}`),
        );
      for (const address of clusterDns) await this.#listen(address);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#view.close();
    for (const connection of this.#connections) connection.destroy();
    const closed = [...this.#udp.splice(0), ...this.#tcp.splice(0)].map((server) => new Promise<void>((resolve) => void server.close(() => resolve())));
    await Promise.all(closed);
  }

  health(): string | undefined {
    return this.#isSynced ? undefined : 'cluster DNS has not read the API yet';
  }

  async #listen(address: string): Promise<void> {
    const isIpv6 = isIPv6(address);
    // reuseAddr: a resolver of the host that serves every address does not keep us from serving this one.
    const udp = createSocket({ type: isIpv6 ? 'udp6' : 'udp4', reuseAddr: true });
    this.#udp.push(udp);
    udp.on('message', (bytes, from) => {
      void this.#answer(bytes, false).then((answer) => answer && udp.send(answer, from.port, from.address, () => undefined));
    });
    await this.#bound(udp, address, () => udp.bind(this.#port, address));
    this.#port = udp.address().port;
    const tcp = createServer((socket) => this.#serveTcp(socket));
    this.#tcp.push(tcp);
    await this.#bound(tcp, address, () => tcp.listen(this.#port, address));
  }
  #bound(server: UdpSocket | Server, address: string, bind: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException) => {
        const cause = error.code === 'EADDRINUSE' ? 'another name server of this host listens there; make it leave that address alone' : error.message;
        reject(new Error(`Cannot serve cluster DNS on ${address}:${this.#port}: ${cause}`, { cause: error }));
      };
      server.once('error', fail);
      server.once('listening', () => {
        server.off('error', fail);
        server.on('error', (error) => this.#log.warning('Cluster DNS had a socket error', { err: error }));
        resolve();
      });
      bind();
    });
  }

  #serveTcp(socket: Socket): void {
    this.#connections.add(socket);
    socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
    socket.once('close', () => this.#connections.delete(socket));
    socket.on('error', () => socket.destroy());
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = received.length > 0 ? Buffer.concat([received, chunk]) : chunk;
      while (received.length >= 2 && received.length >= received.readUInt16BE(0) + 2) {
        const bytes = received.subarray(2, received.readUInt16BE(0) + 2);
        received = received.subarray(bytes.length + 2);
        void this.#answer(bytes, true).then((answer) => answer && this.#sendTcp(socket, answer));
      }
    });
  }
  #sendTcp(socket: Socket, answer: Buffer): void {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(answer.length);
    socket.write(Buffer.concat([length, answer]));
  }

  /** Never rejects; undefined: what arrived deserves no answer. */
  async #answer(bytes: Buffer, isTcp: boolean): Promise<Buffer | undefined> {
    const query = readQuery(bytes);
    if (!query) return undefined;
    if ('formErr' in query) return writeFormErr(query.formErr);
    try {
      return await this.#answerQuery(bytes, query, isTcp);
    } catch (error) {
      this.#log.warning('Cannot answer a DNS query', { name: query.name, type: query.type, err: error });
      return writeFailure(query, RCODE.servFail);
    }
  }

  async #answerQuery(bytes: Buffer, query: Query, isTcp: boolean): Promise<Buffer> {
    if (query.opcode !== 0) return writeFailure(query, RCODE.notImp);
    if (query.class !== 1) return writeFailure(query, RCODE.refused);
    if (!this.#isSynced && !(await this.#waitForSync())) return writeFailure(query, RCODE.servFail);
    const limit = isTcp ? LARGEST_TCP_MESSAGE : udpLimit(query);
    const found = answerOf(query, this.#zone);
    if (found.kind === 'answer') return writeAnswer(query, this.#shuffled(found.answer), limit);
    if (found.kind === 'alias') return writeAnswer(query, await this.#resolveAlias(query, found.record, found.target), limit);
    const forwarded = await this.#forwarder.ask(bytes, query, isTcp);
    if (!forwarded) return writeFailure(query, RCODE.servFail);
    return forwarded.length <= limit || (query.edns && forwarded.length <= query.edns.size) ? forwarded : truncated(forwarded, query);
  }

  /** Cluster names before the first view of the cluster: a short wait is better than a wrong "no such name". */
  async #waitForSync(): Promise<boolean> {
    await Promise.race([this.#synced, this.#clock.sleep(SYNC_WAIT_MS, this.#stop.signal).catch(() => undefined)]);
    return this.#isSynced;
  }

  async #resolveAlias(query: Query, alias: ResourceRecord, target: string): Promise<Answer> {
    const question = Buffer.concat([nameBytes(target), query.question.subarray(-4)]);
    const bytes = Buffer.concat([Buffer.from([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), question]);
    bytes.writeUInt16BE(Math.floor(this.#random.number() * 0x10000), 0);
    const inner = readQuery(bytes);
    const answer = inner && !('formErr' in inner) ? await this.#forwarder.ask(bytes, inner, false) : undefined;
    if (!answer) return { rcode: RCODE.servFail, isAuthoritative: false, answers: [alias] };
    return { rcode: answer.readUInt8(3) & 15, isAuthoritative: false, answers: [alias, ...plainRecords(answer)] };
  }

  /** Clients take the first address: chance spreads them. */
  #shuffled(answer: Answer): Answer {
    if (answer.answers.length < 2 || answer.answers[0]?.type === 'CNAME') return answer;
    const answers = [...answer.answers];
    for (let index = answers.length - 1; index > 0; index--) {
      const other = Math.floor(this.#random.number() * (index + 1));
      [answers[index], answers[other]] = [answers[other] as ResourceRecord, answers[index] as ResourceRecord];
    }
    return { ...answer, answers };
  }
}

/** Header and question alone, saying that there is more by TCP. */
function truncated(answer: Buffer, query: Query): Buffer {
  const cut = Buffer.concat([answer.subarray(0, 12), query.question]);
  cut.writeUInt8(cut.readUInt8(2) | 2, 2);
  for (const offset of [6, 8, 10]) cut.writeUInt16BE(0, offset);
  return cut;
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]), Buffer.from([0])]);
}

/** The records of an upstream's answer that an alias leads to. */
function plainRecords(answer: Buffer): ResourceRecord[] {
  const question = readName(answer, 12);
  const list: ResourceRecord[] = [];
  if (!question) return list;
  forEachRecord(answer, { start: question.end + 4, count: answer.readUInt16BE(6) }, ({ name, type, ttl, dataAt, dataLength }) => {
    const data = answer.subarray(dataAt, dataAt + dataLength);
    if (type === TYPE.A && dataLength === 4) list.push({ name, ttl, type: 'A', address: [...data].join('.') });
    if (type === TYPE.AAAA && dataLength === 16) list.push({ name, ttl, type: 'AAAA', address: data.toString('hex').replace(/(.{4})(?!$)/g, '$1:') });
    const target = type === TYPE.CNAME ? readName(answer, dataAt)?.text : undefined;
    if (target !== undefined) list.push({ name, ttl, type: 'CNAME', target });
  });
  return list;
}
