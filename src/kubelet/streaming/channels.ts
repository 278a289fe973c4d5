import type { WebSocket } from 'ws';
import { type Clock, systemClock, type Timer } from '#lib';

/**
 * How bytes of several streams share one WebSocket: each message begins with its channel's number.
 * The binary forms send it as a byte, the base64 forms as a digit before base64 text.
 */
export interface ChannelProtocol {
  readonly isBase64: boolean;
  /** v4 and later: the error channel carries a Status, also for success. Before it carries the text of a failure. */
  readonly hasStatus: boolean;
  /** v5: message [255, channel] says that the client sends no more on a channel. */
  readonly hasClose: boolean;
}

/** By name, as in Sec-WebSocket-Protocol; '' when the client names none. */
export const CHANNEL_PROTOCOLS: Readonly<Record<string, ChannelProtocol>> = {
  'v5.channel.k8s.io': { isBase64: false, hasStatus: true, hasClose: true },
  'v4.channel.k8s.io': { isBase64: false, hasStatus: true, hasClose: false },
  'v4.base64.channel.k8s.io': { isBase64: true, hasStatus: true, hasClose: false },
  'channel.k8s.io': { isBase64: false, hasStatus: false, hasClose: false },
  'base64.channel.k8s.io': { isBase64: true, hasStatus: false, hasClose: false },
  '': { isBase64: false, hasStatus: false, hasClose: false },
};

/** The first protocol of the client's list that is known here; undefined when it names only others. */
export function chooseProtocol(offered: string | undefined, supported: Iterable<string>): string | undefined {
  const known = new Set(supported);
  if (offered === undefined) return known.has('') ? '' : undefined;
  return offered
    .split(',')
    .map((name) => name.trim())
    .find((name) => name !== '' && known.has(name));
}

const CLOSE_SIGNAL = 255;
/** Above this much unsent data the source is paused, below the lower mark it goes on. */
const HIGH_MARK = 1 << 20;
const LOW_MARK = 1 << 18;
/** A client that is not read from is asked at this interval: reading is what would tell that it is gone. */
const PAUSED_PING_MS = 5000;

export interface ChannelHandlers {
  /** Bytes from the client. */
  message(channel: number, bytes: Buffer): void;
  /** The client sends no more on this channel. */
  closed(channel: number): void;
  /** The connection is gone, whoever ended it. */
  gone(): void;
  /** Too much is waiting to be sent: the source must pause, or may go on. */
  full(isFull: boolean): void;
}

/** A WebSocket that carries channels. */
export class ChannelSocket {
  readonly #socket: WebSocket;
  readonly #protocol: ChannelProtocol;
  readonly #handlers: ChannelHandlers;
  #waiting = 0;
  #isFull = false;
  #isClosing = false;
  readonly #clock: Clock;
  #pingTimer: Timer | undefined;

  constructor(socket: WebSocket, protocol: ChannelProtocol, handlers: ChannelHandlers, clock: Clock = systemClock) {
    this.#socket = socket;
    this.#protocol = protocol;
    this.#handlers = handlers;
    this.#clock = clock;
    socket.on('message', (data) => this.#onMessage(data as Buffer));
    socket.once('close', () => {
      this.#pingTimer?.cancel();
      handlers.gone();
    });
    // `close` follows and tells the rest.
    socket.on('error', () => undefined);
  }

  send(channel: number, bytes: Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const length = bytes.length + 1;
    this.#waiting += length;
    this.#socket.send(this.#encode(channel, bytes), () => {
      this.#waiting -= length;
      if (this.#isFull && this.#waiting < LOW_MARK) this.#tellFull(false);
    });
    if (!this.#isFull && this.#waiting > HIGH_MARK) this.#tellFull(true);
  }
  /** Stops and starts reading what the client sends. */
  pause(): void {
    if (this.#isClosing || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.pause();
    if (!this.#pingTimer) this.#pingWhilePaused();
  }
  resume(): void {
    this.#pingTimer?.cancel();
    this.#pingTimer = undefined;
    this.#socket.resume();
  }
  /** Ends the connection after what was sent. What the client still sends is read and dropped: its own goodbye comes behind that. */
  close(): void {
    this.#isClosing = true;
    this.resume();
    this.#socket.close(1000);
  }

  #pingWhilePaused(): void {
    this.#pingTimer = this.#clock.setTimer(PAUSED_PING_MS, () => {
      // The first ping makes the other side say that nobody is there, the next one fails for it.
      this.#socket.ping(undefined, undefined, (error?: Error) => error && this.#socket.terminate());
      this.#pingWhilePaused();
    });
  }
  #encode(channel: number, bytes: Buffer): Buffer | string {
    if (this.#protocol.isBase64) return `${channel}${bytes.toString('base64')}`;
    const message = Buffer.allocUnsafe(bytes.length + 1);
    message[0] = channel;
    bytes.copy(message, 1);
    return message;
  }
  #onMessage(data: Buffer): void {
    const [first] = data;
    if (first === undefined || this.#isClosing) return;
    if (this.#protocol.isBase64) this.#handlers.message(first - 0x30, Buffer.from(data.subarray(1).toString('latin1'), 'base64'));
    else if (this.#protocol.hasClose && first === CLOSE_SIGNAL) this.#handlers.closed(data[1] ?? 0);
    else this.#handlers.message(first, data.subarray(1));
  }
  #tellFull(isFull: boolean): void {
    this.#isFull = isFull;
    this.#handlers.full(isFull);
  }
}
