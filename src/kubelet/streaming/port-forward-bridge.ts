import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket } from 'ws';
import { type ChannelProtocol, ChannelSocket } from './channels.ts';
import { connectToRuntime } from './runtime-connection.ts';
import { SpdySession, type SpdyStream } from './spdy/session.ts';

/** The stream protocol of port forwarding over SPDY. */
export const PORT_FORWARD_PROTOCOL = 'portforward.k8s.io';
/** The WebSocket protocol of a tunnel for such a SPDY connection. */
export const PORT_FORWARD_TUNNEL = `SPDY/3.1+${PORT_FORWARD_PROTOCOL}`;

/** Connects a WebSocket whose messages are the bytes of a SPDY connection with the runtime: nothing is looked into. */
export function tunnelSpdy(socket: WebSocket, runtime: { readonly socket: Duplex; readonly head: Buffer }): void {
  const client = createWebSocketStream(socket);
  if (runtime.head.length > 0) client.write(runtime.head);
  client.pipe(runtime.socket).pipe(client);
  // The runtime's end arrives at the client behind what it sent; a client that is gone ends the runtime's side now.
  client.on('error', () => runtime.socket.destroy());
  client.on('close', () => runtime.socket.destroy());
  runtime.socket.on('error', () => client.destroy());
}

interface ForwardedPort {
  readonly port: number;
  readonly dataChannel: number;
  stream?: SpdyStream;
  readonly early: Buffer[];
}

/**
 * Connects a client that speaks WebSocket channels (two for each port: data, error; both begin with the port's number) with the
 * runtime. Each port is one connection in the pod; when all have ended the WebSocket is closed.
 */
export function bridgePortForward(socket: WebSocket, protocol: ChannelProtocol, ports: readonly number[], url: Promise<string>): void {
  new PortForwardBridge(socket, protocol, ports).run(url);
}

class PortForwardBridge {
  readonly #channels: ChannelSocket;
  readonly #ports: readonly ForwardedPort[];
  #session: SpdySession | undefined;
  /** Streams that the runtime has not ended: errors may arrive after the data. */
  #open: number;
  #isGone = false;

  constructor(socket: WebSocket, protocol: ChannelProtocol, ports: readonly number[]) {
    this.#ports = ports.map((port, index) => ({ port, dataChannel: index * 2, early: [] }));
    this.#open = ports.length * 2;
    this.#channels = new ChannelSocket(socket, protocol, {
      message: (channel, bytes) => this.#toRuntime(channel, bytes),
      closed: () => undefined,
      gone: () => {
        this.#isGone = true;
        this.#session?.close();
      },
      full: (isFull) => (isFull ? this.#session?.pause() : this.#session?.resume()),
    });
    for (const { port, dataChannel } of this.#ports) {
      const number = Buffer.alloc(2);
      number.writeUInt16LE(port);
      this.#channels.send(dataChannel, number);
      this.#channels.send(dataChannel + 1, number);
    }
  }

  run(url: Promise<string>): void {
    this.#connect(url).catch((error: unknown) => {
      const text = Buffer.from(error instanceof Error ? error.message : String(error));
      for (const { dataChannel } of this.#ports) this.#channels.send(dataChannel + 1, text);
      this.#channels.close();
      this.#session?.close();
    });
  }

  async #connect(url: Promise<string>): Promise<void> {
    const { socket, head } = await connectToRuntime(await url, [PORT_FORWARD_PROTOCOL]);
    if (this.#isGone) return void socket.destroy();
    const session = new SpdySession(socket, head, () => this.#channels.close());
    this.#session = session;
    await Promise.all(this.#ports.map((port, index) => this.#openPort(session, port, index)));
  }

  /** The error stream comes first: the runtime pairs it with the data stream by request id and begins when it has both. */
  async #openPort(session: SpdySession, forwarded: ForwardedPort, requestId: number): Promise<void> {
    const { port, dataChannel } = forwarded;
    const headers = { port: String(port), requestid: String(requestId) };
    const errors = await session.open(
      { ...headers, streamtype: 'error' },
      { data: (bytes) => this.#channels.send(dataChannel + 1, bytes), end: () => this.#onStreamEnd(session) },
    );
    errors.end();
    const stream = await session.open(
      { ...headers, streamtype: 'data' },
      { data: (bytes) => this.#channels.send(dataChannel, bytes), end: () => this.#onStreamEnd(session) },
    );
    forwarded.stream = stream;
    for (const bytes of forwarded.early.splice(0)) stream.write(bytes);
    this.#channels.resume();
  }
  #onStreamEnd(session: SpdySession): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#channels.close();
    session.close();
  }

  #toRuntime(channel: number, bytes: Buffer): void {
    const forwarded = this.#ports.find(({ dataChannel }) => dataChannel === channel);
    if (!forwarded || bytes.length === 0) return;
    if (!forwarded.stream) {
      forwarded.early.push(bytes);
      this.#channels.pause();
    } else if (!forwarded.stream.write(bytes)) {
      this.#channels.pause();
      this.#session?.drained(() => this.#channels.resume());
    }
  }
}
