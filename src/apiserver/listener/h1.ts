import http, { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { StatusError } from '#api';
import type { Clock, Log } from '#lib';
import { prepareBody } from './compress.ts';
import type { AnswerSink, HttpAnswer, HttpHandler, HttpRequest } from './http-message.ts';
import { readBody } from './body.ts';
import type { Begun } from './pieced-body.ts';
import { type Peer, peerOf } from './peer.ts';

class Request1 implements HttpRequest {
  readonly path: string;
  readonly search: string;
  readonly isUpgrade: boolean;
  readonly #clock: Clock;
  readonly #message: IncomingMessage;
  #peer: Peer | undefined;
  /** What closes with this request: its response, as the connection may serve others; an upgrade's own connection. */
  readonly #ends: Duplex | ServerResponse;
  #abort: AbortController | undefined;

  constructor(message: IncomingMessage, ends: Duplex | ServerResponse, clock: Clock, isUpgrade: boolean) {
    this.#clock = clock;
    this.#message = message;
    this.#ends = ends;
    this.isUpgrade = isUpgrade;
    const url = message.url ?? '/';
    const question = url.indexOf('?');
    this.path = question < 0 ? url : url.slice(0, question);
    this.search = question < 0 ? '' : url.slice(question + 1);
  }
  get method(): string {
    return this.#message.method ?? 'GET';
  }
  get headers(): IncomingMessage['headers'] {
    return this.#message.headers;
  }
  get distinctHeaders(): IncomingMessage['headersDistinct'] {
    return this.#message.headersDistinct;
  }
  get remoteAddress(): string {
    return this.#message.socket.remoteAddress ?? '';
  }
  get certificate(): Peer['certificate'] {
    return this.#of().certificate;
  }
  get proxyCertificate(): Peer['proxyCertificate'] {
    return this.#of().proxyCertificate;
  }
  get certificateProblem(): string | undefined {
    return this.#of().certificateProblem;
  }
  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = (this.#abort = new AbortController());
      if (this.#ends.destroyed) abort.abort();
      else this.#ends.once('close', () => abort.abort());
    }
    return this.#abort.signal;
  }
  body(limit: number): Promise<Buffer> {
    return readBody(this.#message, this.#message.headers['content-length'], limit, this.#clock);
  }
  #of(): Peer {
    this.#peer ??= peerOf(this.#message.socket as TLSSocket);
    return this.#peer;
  }
}

const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request';
const HEADERS_TOO_LARGE =
  'HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n431 Request Header Fields Too Large';
// Node's parser knows only registered methods; upstream's answer to others is the one to a method that a path does not take.
const METHOD_STATUS = JSON.stringify(
  new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource', { details: {} }).toStatus(),
);
const METHOD_REFUSED = `HTTP/1.1 405 Method Not Allowed\r\nContent-Type: application/json\r\nContent-Length: ${METHOD_STATUS.length}\r\nConnection: close\r\n\r\n${METHOD_STATUS}`;

/** An HTTP/1.1 server without a socket of its own: connections are given to it by `emit('connection')`. */
export function createHttp1Server(handler: HttpHandler, log: Log, clock: Clock): Server {
  const server = http.createServer({
    maxHeaderSize: 1 << 20,
    headersTimeout: 32_000,
    requestTimeout: 60_000,
    keepAliveTimeout: 90_000,
    // Watches are answers of hours: only the request's arrival is limited in time.
    connectionsCheckingInterval: 10_000,
  });
  server.setTimeout(0);
  // It never listens itself, and Node begins to watch over headers that do not come and idle connections only then.
  server.emit('listening');
  server.on('request', (message, response) => {
    const request = new Request1(message, response, clock, false);
    handler(request).then(
      (answer) => respond(request, response, answer),
      (err: unknown) => fail(response, err, log),
    );
  });
  server.on('upgrade', (message, socket, head) => {
    socket.on('error', (err) => log.debug('Upgraded connection failed', { err }));
    const request = new Request1(message, socket, clock, true);
    handler(request).then(
      (answer) => (answer.tunnel ? answer.tunnel(socket, head) : refuseUpgrade(request, message, socket, answer)),
      (err: unknown) => {
        log.error('Request handler failed', { err });
        socket.destroy();
      },
    );
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) socket.destroy();
    else socket.end(refusalOf(error.code));
  });
  return server;
}

function refusalOf(code: string | undefined): string {
  if (code === 'HPE_INVALID_METHOD') return METHOD_REFUSED;
  return code === 'HPE_HEADER_OVERFLOW' ? HEADERS_TOO_LARGE : BAD_REQUEST;
}

function fail(response: ServerResponse, err: unknown, log: Log): void {
  log.error('Request handler failed', { err });
  response.destroy();
}

function refuseUpgrade(request: Request1, message: IncomingMessage, socket: Duplex, answer: HttpAnswer): void {
  const response = new ServerResponse(message);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as TLSSocket);
  response.on('finish', () => socket.end());
  respond(request, response, answer);
}

function respond(request: Request1, response: ServerResponse, answer: HttpAnswer): void {
  if (answer.stream) {
    response.writeHead(answer.status, answer.headers);
    response.flushHeaders();
    answer.stream(sinkOf(response));
    return;
  }
  const ready = prepareBody(request.headers, answer);
  if (ready instanceof Promise) void ready.then(({ status, headers, begun }) => finish(request, response, status, headers, begun));
  else finish(request, response, ready.status, ready.headers, ready.begun);
}

function finish(request: Request1, response: ServerResponse, status: number, headers: HttpAnswer['headers'], begun: Begun): void {
  response.writeHead(status, 'whole' in begun ? { ...headers, 'content-length': begun.whole.length } : headers);
  if (request.method === 'HEAD') response.end();
  else if ('whole' in begun) response.end(begun.whole);
  else begun.sendTo(response);
}

function sinkOf(response: ServerResponse): AnswerSink {
  return {
    get bufferedBytes() {
      return response.writableLength;
    },
    // An answer without end is the last of its connection.
    connection: response,
    write: (chunk) => {
      if (!response.destroyed && !response.writableEnded) response.write(chunk);
    },
    end: () => {
      if (!response.destroyed) response.end();
    },
    abort: () => {
      response.destroy();
    },
    onDrain: (run) => {
      response.once('drain', run);
    },
    onClose: (run) => {
      if (response.destroyed || response.closed) run();
      else response.once('close', run);
    },
  };
}
