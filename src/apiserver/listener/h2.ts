import http2, { type Http2Server, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Clock, Log } from '#lib';
import { prepareBody } from './compress.ts';
import type { AnswerSink, Headers, HttpAnswer, HttpHandler, HttpRequest } from './http-message.ts';
import { readBody } from './body.ts';
import type { Begun } from './pieced-body.ts';
import { type Peer, peerOf } from './peer.ts';

const { HTTP2_HEADER_STATUS, NGHTTP2_NO_ERROR } = http2.constants;
// No two answers have the same: kept in the header table they would push out what repeats, and every search would pass all of them.
const NEVER_INDEXED = ['audit-id'];
const IDLE_TIMEOUT_MS = 90_000;

interface SentHeaders {
  readonly headers: IncomingHttpHeaders;
  /** Names and values by turns, as they came. */
  readonly rawHeaders: readonly string[];
}

class Request2 implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  readonly isUpgrade = false;
  readonly #stream: ServerHttp2Stream;
  readonly #peer: Peer;
  readonly #clock: Clock;
  readonly #rawHeaders: readonly string[];
  #abort: AbortController | undefined;

  constructor(stream: ServerHttp2Stream, { headers, rawHeaders }: SentHeaders, peer: Peer, clock: Clock) {
    this.#clock = clock;
    this.#rawHeaders = rawHeaders;
    this.#stream = stream;
    this.#peer = peer;
    this.headers = headers;
    this.method = headers[':method'] ?? 'GET';
    const url = headers[':path'] ?? '/';
    const question = url.indexOf('?');
    this.path = question < 0 ? url : url.slice(0, question);
    this.search = question < 0 ? '' : url.slice(question + 1);
  }
  get distinctHeaders(): Headers {
    const distinct = new Map<string, string[]>();
    for (let i = 0; i + 1 < this.#rawHeaders.length; i += 2) {
      const [name = '', value = ''] = this.#rawHeaders.slice(i, i + 2);
      const values = distinct.get(name);
      if (values) values.push(value);
      else distinct.set(name, [value]);
    }
    return Object.fromEntries(distinct);
  }
  get remoteAddress(): string {
    return this.#peer.remoteAddress;
  }
  get certificate(): Peer['certificate'] {
    return this.#peer.certificate;
  }
  get proxyCertificate(): Peer['proxyCertificate'] {
    return this.#peer.proxyCertificate;
  }
  get certificateProblem(): string | undefined {
    return this.#peer.certificateProblem;
  }
  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = (this.#abort = new AbortController());
      if (this.#stream.closed) abort.abort();
      else this.#stream.once('close', () => abort.abort());
    }
    return this.#abort.signal;
  }
  body(limit: number): Promise<Buffer> {
    return this.#stream.endAfterHeaders ? Promise.resolve(Buffer.alloc(0)) : readBody(this.#stream, this.headers['content-length'], limit, this.#clock);
  }
}

/** An HTTP/2 server without a socket of its own: connections are given to it by `emit('connection')`. */
export function createHttp2Server(handler: HttpHandler, log: Log, clock: Clock): { server: Http2Server; sessions: Set<ServerHttp2Session> } {
  const server = http2.createServer({
    settings: { maxConcurrentStreams: 250, initialWindowSize: 1 << 20, maxHeaderListSize: 1 << 20, enablePush: false },
    maxSessionMemory: 64,
  });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    watchIdle(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', (err) => log.debug('HTTP/2 session failed', { err }));
  });
  server.on('sessionError', (err) => log.debug('HTTP/2 session failed', { err }));
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) => {
    stream.on('error', (err) => log.debug('HTTP/2 stream failed', { err }));
    const socket = stream.session?.socket as TLSSocket | undefined;
    if (!socket) return;
    const request = new Request2(stream, { headers, rawHeaders }, peerOf(realSocket(stream, socket)), clock);
    handler(request).then(
      (answer) => respond(stream, request, answer),
      (err: unknown) => {
        log.error('Request handler failed', { err });
        stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
      },
    );
  });
  return { server, sessions };
}

// `session.socket` is a proxy, a new one for every session: the peer is remembered by the session.
const socketsBySession = new WeakMap<ServerHttp2Session, TLSSocket>();
function realSocket(stream: ServerHttp2Stream, proxy: TLSSocket): TLSSocket {
  const session = stream.session as ServerHttp2Session;
  let socket = socketsBySession.get(session);
  if (!socket) {
    socket = proxy;
    socketsBySession.set(session, socket);
  }
  return socket;
}

/** Connections on which nothing was asked for a while are closed, as Go's server does. */
function watchIdle(session: ServerHttp2Session): void {
  let open = 0;
  session.setTimeout(IDLE_TIMEOUT_MS, () => {
    if (open === 0) session.close();
  });
  session.on('stream', (stream) => {
    open++;
    stream.once('close', () => {
      open--;
    });
  });
}

function respond(stream: ServerHttp2Stream, request: Request2, answer: HttpAnswer): void {
  if (stream.destroyed || stream.closed) {
    answer.stream?.(closedSink);
    return;
  }
  if (answer.stream) {
    stream.respond({ [HTTP2_HEADER_STATUS]: answer.status, ...answer.headers, [http2.sensitiveHeaders]: NEVER_INDEXED });
    answer.stream(sinkOf(stream));
    return;
  }
  const ready = prepareBody(request.headers, answer);
  if (ready instanceof Promise) {
    void ready.then(({ status, headers, begun }) => {
      if (!stream.destroyed) finish(stream, request, status, headers, begun);
    });
  } else {
    finish(stream, request, ready.status, ready.headers, ready.begun);
  }
}

function finish(stream: ServerHttp2Stream, request: Request2, status: number, headers: HttpAnswer['headers'], begun: Begun): void {
  const length = 'whole' in begun ? { 'content-length': String(begun.whole.length) } : undefined;
  stream.respond({ [HTTP2_HEADER_STATUS]: status, ...headers, ...length, [http2.sensitiveHeaders]: NEVER_INDEXED });
  if (request.method === 'HEAD') stream.end();
  else if ('whole' in begun) stream.end(begun.whole);
  else begun.sendTo(stream);
  // An answer before the whole body was read: say that the rest is not wanted.
  if (!stream.readableEnded && !stream.endAfterHeaders) stream.once('finish', () => stream.close(NGHTTP2_NO_ERROR));
}

function sinkOf(stream: ServerHttp2Stream): AnswerSink {
  return {
    get bufferedBytes() {
      return stream.writableLength;
    },
    connection: stream.session ?? stream,
    write: (chunk) => {
      if (!stream.destroyed && !stream.writableEnded) stream.write(chunk);
    },
    end: () => {
      if (!stream.destroyed) stream.end();
    },
    abort: () => {
      if (!stream.destroyed) stream.close(http2.constants.NGHTTP2_CANCEL);
      stream.destroy();
    },
    onDrain: (run) => {
      stream.once('drain', run);
    },
    onClose: (run) => {
      if (stream.closed || stream.destroyed) run();
      else stream.once('close', run);
    },
  };
}

const closedSink: AnswerSink = {
  bufferedBytes: 0,
  connection: {},
  write: () => {},
  end: () => {},
  abort: () => {},
  onDrain: () => {},
  onClose: (run) => run(),
};
