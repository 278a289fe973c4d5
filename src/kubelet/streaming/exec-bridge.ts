import type { WebSocket } from 'ws';
import { newInternalError } from '#api';
import type { Clock, Timer } from '#lib';
import { type ChannelProtocol, ChannelSocket } from './channels.ts';
import type { StreamOptions } from './contract.ts';
import { connectToRuntime } from './runtime-connection.ts';
import { SpdySession, type SpdyStream } from './spdy/session.ts';

/** Channels of exec and attach. */
export const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

/** Bytes that a client sent before the runtime was ready: beyond this the client waits. */
const EARLY_LIMIT = 1 << 16;

/**
 * Connects a client that speaks WebSocket channels with the runtime's exec or attach, until either ends. Failures to reach the
 * runtime go to the client's error channel, as the API server's own translation does upstream.
 */
export function bridgeExec(socket: WebSocket, options: ExecBridgeOptions): void {
  new ExecBridge(socket, options).run(options.url);
}

export interface ExecBridgeOptions {
  readonly protocol: ChannelProtocol;
  readonly streams: StreamOptions;
  /** Where the runtime's streaming server waits. */
  readonly url: Promise<string>;
  readonly clock: Clock;
  /** Drops input that commands left unread when they ended, for which the runtime would wait for ever. */
  readonly releaseInput?: (() => Promise<unknown>) | undefined;
}

/** All output has ended, and the runtime has not said how the command did: after this time it is helped, and again after twice as long. */
const STATUS_WAIT_MS = 50;
const MAX_STATUS_WAIT_MS = 2000;

class ExecBridge {
  readonly #channels: ChannelSocket;
  readonly #protocol: ChannelProtocol;
  readonly #wanted: StreamOptions;
  readonly #clock: Clock;
  readonly #releaseInput: (() => Promise<unknown>) | undefined;
  #statusTimer: Timer | undefined;
  readonly #early: (() => void)[] = [];
  #earlyBytes = 0;
  #session: SpdySession | undefined;
  #stdin: SpdyStream | undefined;
  #resize: SpdyStream | undefined;
  #openOutputs = 0;
  #isReady = false;
  #isGone = false;
  #isDone = false;
  /** The runtime has said how the command ended. */
  #hasStatus = false;
  /** Older protocols get the text of a failure instead of the Status, when it is whole. */
  #status: Buffer[] = [];

  constructor(socket: WebSocket, { protocol, streams, clock, releaseInput }: ExecBridgeOptions) {
    this.#protocol = protocol;
    this.#wanted = streams;
    this.#clock = clock;
    this.#releaseInput = streams.stdin && !streams.tty ? releaseInput : undefined;
    this.#channels = new ChannelSocket(socket, protocol, {
      message: (channel, bytes) => this.#whenReady(bytes.length, () => this.#toRuntime(channel, bytes)),
      closed: (channel) => this.#whenReady(0, () => channel === CHANNEL.stdin && this.#stdin?.end()),
      gone: () => this.#onGone(),
      full: (isFull) => (isFull ? this.#session?.pause() : this.#session?.resume()),
    });
  }

  run(url: Promise<string>): void {
    this.#connect(url).catch((error: unknown) => this.#fail(error));
  }

  async #connect(url: Promise<string>): Promise<void> {
    const { socket, head } = await connectToRuntime(await url, ['v4.channel.k8s.io']);
    if (this.#isGone) return void socket.destroy();
    const session = new SpdySession(socket, head, () => this.#onRuntimeClosed());
    this.#session = session;
    const { stdin, stdout, stderr, tty } = this.#wanted;
    // The runtime begins when it has all streams, so they are opened at once.
    const output = (type: 'stdout' | 'stderr' | 'error') => this.#openOutput(session, type);
    const [input, resize] = await Promise.all([
      stdin ? session.open({ streamtype: 'stdin' }, {}) : undefined,
      tty ? session.open({ streamtype: 'resize' }, {}) : undefined,
      output('error'),
      stdout ? output('stdout') : undefined,
      stderr && !tty ? output('stderr') : undefined,
    ]);
    this.#stdin = input;
    this.#resize = resize;
    this.#isReady = true;
    if (this.#openOutputs === 1) this.#awaitStatus(STATUS_WAIT_MS);
    for (const run of this.#early.splice(0)) run();
    this.#channels.resume();
  }

  async #openOutput(session: SpdySession, type: 'stdout' | 'stderr' | 'error'): Promise<SpdyStream> {
    this.#openOutputs += 1;
    const isText = type === 'error' && !this.#protocol.hasStatus;
    return session.open(
      { streamtype: type },
      {
        data: (bytes) => {
          if (type === 'error') this.#hasStatus = true;
          if (isText) this.#status.push(bytes);
          else this.#channels.send(CHANNEL[type], bytes);
        },
        end: () => {
          this.#openOutputs -= 1;
          if (this.#openOutputs === 0) this.#finish();
          else if (this.#openOutputs === 1 && type !== 'error') this.#awaitStatus(STATUS_WAIT_MS);
        },
      },
    );
  }

  #toRuntime(channel: number, bytes: Buffer): void {
    const stream = channel === CHANNEL.stdin ? this.#stdin : channel === CHANNEL.resize ? this.#resize : undefined;
    if (!stream || bytes.length === 0) return;
    if (stream.write(bytes)) return;
    this.#channels.pause();
    this.#session?.drained(() => this.#channels.resume());
  }
  #whenReady(length: number, run: () => void): void {
    if (this.#isReady) return run();
    this.#early.push(run);
    this.#earlyBytes += length;
    if (this.#earlyBytes > EARLY_LIMIT) this.#channels.pause();
  }

  /** The error stream alone is open: the command has ended, or goes on without output. */
  #awaitStatus(waitMs: number): void {
    if (!this.#releaseInput || this.#isDone || this.#isGone) return;
    const again = () => this.#awaitStatus(Math.min(waitMs * 2, MAX_STATUS_WAIT_MS));
    this.#statusTimer = this.#clock.setTimer(waitMs, () => void this.#releaseInput?.().then(again, again));
  }

  /** The process has ended and everything it wrote has been sent. */
  #finish(): void {
    this.#statusTimer?.cancel();
    if (this.#isGone || this.#isDone) return;
    if (!this.#hasStatus) return this.#fail(new Error('the container runtime closed the connection before it told how the command ended'));
    this.#isDone = true;
    const text = statusMessage(Buffer.concat(this.#status));
    if (text) this.#channels.send(CHANNEL.error, Buffer.from(text));
    this.#channels.close();
    this.#session?.close();
  }
  #fail(error: unknown): void {
    if (this.#isGone || this.#isDone) return;
    this.#isDone = true;
    const cause = error instanceof Error ? error.message : String(error);
    const status = newInternalError(new Error(`unable to upgrade connection: ${cause}`));
    const body = this.#protocol.hasStatus ? JSON.stringify(status.toStatus()) : status.message;
    this.#channels.send(CHANNEL.error, Buffer.from(body));
    this.#channels.close();
    this.#session?.close();
  }
  /** Without a word on how the command ended, silence would look like success. */
  #onRuntimeClosed(): void {
    if (this.#isReady) this.#finish();
  }
  /** As upstream: the process in the container sees its input end and its output broken, and ends by itself or goes on. */
  #onGone(): void {
    this.#isGone = true;
    this.#statusTimer?.cancel();
    this.#session?.close();
  }
}

function statusMessage(json: Buffer): string {
  if (json.length === 0) return '';
  try {
    const status = JSON.parse(json.toString()) as { status?: string; message?: string };
    return status.status === 'Success' ? '' : (status.message ?? '');
  } catch {
    return json.toString();
  }
}
