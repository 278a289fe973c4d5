/** For tests: clients of the kubelet's server as kubectl and client libraries are. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { TestPapers } from './test-papers.ts';

export interface Connection {
  readonly port: number;
  readonly papers: TestPapers;
}

/** A plain request; resolves with the whole answer. */
export function get(
  { port, papers }: Connection,
  path: string,
  options: { method?: string; papers?: { certPem: string; keyPem: string } | null } = {},
): Promise<{ code: number; body: string }> {
  const own = options.papers === null ? {} : { cert: (options.papers ?? papers.client).certPem, key: (options.papers ?? papers.client).keyPem };
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method: options.method ?? 'GET', ca: papers.caPem, ...own, agent: false }, (response) => {
      const body: Buffer[] = [];
      response.on('data', (chunk: Buffer) => body.push(chunk));
      response.on('end', () => resolve({ code: response.statusCode ?? 0, body: Buffer.concat(body).toString() }));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** A WebSocket with channels, whose messages are collected by channel. */
export class ChannelClient {
  readonly socket: WebSocket;
  readonly #channels = new Map<number, Buffer[]>();
  readonly #lengths = new Map<number, number>();
  /** False: only lengths are kept. */
  keeps = true;
  closeCode = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      const channel = data[0] ?? 0;
      this.#lengths.set(channel, this.length(channel) + data.length - 1);
      if (!this.keeps && channel !== 3) return;
      const list = this.#channels.get(channel);
      if (list) list.push(data.subarray(1));
      else this.#channels.set(channel, [data.subarray(1)]);
    });
    socket.on('close', (code) => (this.closeCode = code));
  }
  /** Rejects with the answer's text when the server refuses. */
  static async open(connection: Connection, path: string, protocol = 'v5.channel.k8s.io'): Promise<ChannelClient> {
    const socket = openWebSocket(connection, path, protocol);
    const client = new ChannelClient(socket);
    await opened(socket);
    return client;
  }
  send(channel: number, data: Buffer | string): void {
    this.socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(data)]));
  }
  closeStdin(): void {
    this.socket.send(Buffer.from([255, 0]));
  }
  text(channel: number): string {
    return Buffer.concat(this.#channels.get(channel) ?? []).toString();
  }
  bytes(channel: number): Buffer {
    return Buffer.concat(this.#channels.get(channel) ?? []);
  }
  length(channel: number): number {
    return this.#lengths.get(channel) ?? 0;
  }
  async closed(): Promise<void> {
    if (this.socket.readyState !== WebSocket.CLOSED) await once(this.socket, 'close');
  }
}

/** The bytes of a binary WebSocket whose protocol name the `ws` client would not take; frames are read and written by hand. */
export async function openTunnel({ port, papers }: Connection, path: string, protocol: string): Promise<Duplex> {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
    'Sec-WebSocket-Protocol': protocol,
  };
  const outgoing = request({ host: '127.0.0.1', port, path, ca: papers.caPem, cert: papers.client.certPem, key: papers.client.keyPem, headers, agent: false });
  outgoing.end();
  const [response, socket] = (await once(outgoing, 'upgrade')) as [IncomingMessage, Duplex];
  if (response.headers['sec-websocket-protocol'] !== protocol) throw new Error(`another protocol: ${response.headers['sec-websocket-protocol']}`);
  let received = Buffer.alloc(0);
  const tunnel = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _, done) => {
      const header = Buffer.from([0x82, 0xfe, 0, 0, 0, 0, 0, 0]); // masked with zeros
      header.writeUInt16BE(chunk.length, 2);
      socket.write(Buffer.concat([header, chunk]), () => done());
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      const short = (received[1] ?? 0) & 127;
      const size = short === 126 ? 4 : 2;
      if (received.length < size) return;
      const length = short === 126 ? received.readUInt16BE(2) : short;
      if (received.length < size + length) return;
      if ((received[0] ?? 0) % 16 === 2) tunnel.push(received.subarray(size, size + length));
      received = received.subarray(size + length);
    }
  });
  socket.on('close', () => tunnel.push(null));
  return tunnel;
}

export function openWebSocket({ port, papers }: Connection, path: string, protocol: string): WebSocket {
  return new WebSocket(`wss://127.0.0.1:${port}${path}`, protocol ? [protocol] : [], {
    ca: papers.caPem,
    cert: papers.client.certPem,
    key: papers.client.keyPem,
  });
}

export async function opened(socket: WebSocket): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
    socket.once('unexpected-response', (_, response) => {
      const body: Buffer[] = [];
      response.on('data', (chunk: Buffer) => body.push(chunk));
      response.on('end', () => reject(new Error(`${response.statusCode} ${Buffer.concat(body).toString()}`)));
    });
  });
}

/** A connection switched to SPDY, as older kubectl does it. */
export function openSpdy({ port, papers }: Connection, path: string, protocols: string[]): Promise<{ socket: Duplex; head: Buffer; protocol: string }> {
  return new Promise((resolve, reject) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'SPDY/3.1', 'X-Stream-Protocol-Version': protocols, 'Content-Length': '0' };
    const outgoing = request({
      host: '127.0.0.1',
      port,
      path,
      method: 'POST',
      ca: papers.caPem,
      cert: papers.client.certPem,
      key: papers.client.keyPem,
      headers,
      agent: false,
    });
    outgoing.once('upgrade', (response, socket, head) => resolve({ socket, head, protocol: String(response.headers['x-stream-protocol-version']) }));
    outgoing.once('response', (response) => reject(new Error(`refused with ${response.statusCode}`)));
    outgoing.once('error', reject);
    outgoing.end();
  });
}
