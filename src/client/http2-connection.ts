import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { type Clock, systemClock, type Timer } from '#lib';

export interface Http2ConnectionOptions {
  /** `https://host:port`. */
  readonly server: string;
  readonly caPem?: string | undefined;
  readonly certPem?: string | undefined;
  readonly keyPem?: string | undefined;
  /** Another name than the URL's host to expect in the server's certificate. */
  readonly serverName?: string | undefined;
  readonly insecure?: boolean | undefined;
  readonly clock?: Clock | undefined;
}
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}
export interface HttpResponse {
  readonly status: number;
  readonly stream: ClientHttp2Stream;
}

// As client-go: a connection that says nothing for this long is asked whether it lives, and given up when it does not answer.
const READ_IDLE_MS = 30_000;
const PING_TIMEOUT_MS = 15_000;
const WINDOW_BYTES = 4 * 1024 * 1024;

/**
 * One TLS connection to the API server that all requests and watches share. HTTP/2 rather than a pool of HTTP/1.1 connections because of the watches:
 * each would hold a TLS socket of its own, some 50 KB here and as much on the server; a stream costs a few. Made when first
 * needed, again when it broke; while no request is under way it neither keeps the program running nor wakes it.
 */
export class Http2Connection {
  readonly #options: Http2ConnectionOptions;
  readonly #clock: Clock;
  #session: ClientHttp2Session | undefined;
  #openStreams = 0;
  #lastHeardMs = 0;
  #idleTimer: Timer | undefined;
  #isClosed = false;

  constructor(options: Http2ConnectionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Sends the request and resolves with the head of the answer; rejects when there is none. */
  async send(request: HttpRequest): Promise<HttpResponse> {
    try {
      return await this.#sendOnce(request);
    } catch (error) {
      // A connection that the server was closing took no request: a new one will.
      if (isRefusedStream(error)) return this.#sendOnce(request);
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#idleTimer?.cancel();
    this.#session?.destroy();
    this.#session = undefined;
  }

  #sendOnce(request: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new Error('the client is closed'));
      const session = this.#connected();
      const { method, path, headers, body, signal } = request;
      const stream = session.request({ ...headers, ':method': method, ':path': path }, { endStream: body === undefined, ...(signal ? { signal } : {}) });
      this.#streamOpened(session);
      let status: number | undefined;
      stream.once('response', (head) => {
        status = Number(head[':status']);
        this.#heard();
        resolve({ status, stream });
      });
      stream.on('error', (error) => reject(error));
      stream.once('close', () => {
        this.#streamClosed(session);
        if (status === undefined) reject(new Error(`the connection to ${this.#options.server} ended before the answer`));
      });
      stream.on('data', () => this.#heard());
      stream.pause();
      if (body !== undefined) stream.end(body);
      return undefined;
    });
  }

  #connected(): ClientHttp2Session {
    const existing = this.#session;
    if (existing && !existing.closed && !existing.destroyed) return existing;
    const { server, caPem, certPem, keyPem, serverName, insecure } = this.#options;
    const session = connect(server, {
      ...(caPem === undefined ? {} : { ca: caPem }),
      ...(certPem === undefined ? {} : { cert: certPem }),
      ...(keyPem === undefined ? {} : { key: keyPem }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      rejectUnauthorized: !insecure,
      settings: { initialWindowSize: WINDOW_BYTES, enablePush: false },
    });
    session.setMaxListeners(0);
    session.once('connect', () => session.setLocalWindowSize(WINDOW_BYTES));
    const forget = () => {
      if (this.#session === session) this.#session = undefined;
    };
    // Streams report what happened; the session itself only makes room for the next one.
    session.on('error', forget);
    session.once('goaway', forget);
    session.once('close', forget);
    this.#session = session;
    return session;
  }

  #streamOpened(session: ClientHttp2Session): void {
    if (this.#openStreams++ > 0) return;
    session.ref();
    this.#heard();
    this.#armIdle(READ_IDLE_MS);
  }
  #streamClosed(session: ClientHttp2Session): void {
    if (--this.#openStreams > 0) return;
    this.#idleTimer?.cancel();
    this.#idleTimer = undefined;
    if (!session.destroyed) session.unref();
  }
  #heard(): void {
    this.#lastHeardMs = this.#clock.monotonic();
  }

  #armIdle(delayMs: number): void {
    this.#idleTimer = this.#clock.setTimer(delayMs, () => {
      const idleMs = this.#clock.monotonic() - this.#lastHeardMs;
      if (idleMs < READ_IDLE_MS) return this.#armIdle(READ_IDLE_MS - idleMs);
      this.#ping();
      return undefined;
    });
  }
  #ping(): void {
    const session = this.#session;
    if (!session || session.destroyed || session.connecting) return this.#armIdle(READ_IDLE_MS);
    const giveUp = this.#clock.setTimer(PING_TIMEOUT_MS, () => session.destroy(new Error(`${this.#options.server} does not answer`)));
    session.ping(() => {
      giveUp.cancel();
      this.#heard();
    });
    this.#armIdle(READ_IDLE_MS);
    return undefined;
  }
}

function isRefusedStream(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === 'ERR_HTTP2_GOAWAY_SESSION' || error.code === 'ERR_HTTP2_INVALID_SESSION' || error.message.includes(`NGHTTP2_REFUSED_STREAM`);
}
