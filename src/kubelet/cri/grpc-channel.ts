/**
 * gRPC over one HTTP/2 connection to a unix socket or host: all that CRI and gRPC probes need, without the memory of a general gRPC library.
 * The wire form is https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
import type * as http2 from 'node:http2';
import type { Socket } from 'node:net';

/** Codes that callers tell apart; the numbers are gRPC's. */
export const GRPC_CODE = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

/** A call that failed; `message` is the server's text, as upstream prints it: `rpc error: code = NotFound desc = …`. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly code: number;
  /** The server's own words. */
  readonly description: string;

  constructor(code: number, description: string, options?: ErrorOptions) {
    super(`rpc error: code = ${CODE_NAMES[code] ?? `Code(${code})`} desc = ${description}`, options);
    this.code = code;
    this.description = description;
  }
}

const CODE_NAMES = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

export interface CallOptions {
  /** Absent: no deadline. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** Makes calls; connects when first used and again after the connection broke. */
export interface GrpcChannel {
  unary(path: string, request: Buffer, options?: CallOptions): Promise<Buffer>;
  /** Yields the server's messages until it ends the stream; throws GrpcError when it fails. */
  serverStream(path: string, request: Buffer, options?: CallOptions): AsyncIterable<Buffer>;
  /** Calls back each time an established connection is lost; returns what ends that. */
  onDisconnect(lost: () => void): () => void;
  close(): void;
}

/** `target` is a unix socket's path (starts with `/`) or `host:port`. */
export function createGrpcChannel(target: string): GrpcChannel {
  let session: http2.ClientHttp2Session | undefined;
  let connecting: Promise<http2.ClientHttp2Session> | undefined;
  const listeners = new Set<() => void>();
  const open = async (): Promise<http2.ClientHttp2Session> => {
    if (session && !session.closed && !session.destroyed) return session;
    connecting ??= connect(target).finally(() => (connecting = undefined));
    const opened = await connecting;
    if (session !== opened) {
      session = opened;
      opened.once('close', () => {
        if (session === opened) for (const lost of listeners) lost();
      });
    }
    return opened;
  };
  return {
    async unary(path, request, options = {}) {
      for await (const message of call(await open(), path, request, options)) return message;
      throw new GrpcError(GRPC_CODE.internal, 'the server answered without a message');
    },
    async *serverStream(path, request, options = {}) {
      yield* call(await open(), path, request, options);
    },
    onDisconnect(lost) {
      listeners.add(lost);
      return () => listeners.delete(lost);
    },
    close() {
      const closing = session;
      session = undefined;
      closing?.destroy();
    },
  };
}

async function connect(target: string): Promise<http2.ClientHttp2Session> {
  // Loaded here: a control plane alone never needs them.
  const [{ connect: connectHttp2 }, { connect: connectNet }] = await Promise.all([import('node:http2'), import('node:net')]);
  return await new Promise((resolve, reject) => {
    const isPath = target.startsWith('/');
    const split = target.lastIndexOf(':');
    const socket: Socket = isPath ? connectNet(target) : connectNet(Number(target.slice(split + 1)), target.slice(0, split).replace(/^\[|\]$/g, ''));
    const fail = (error: Error) => reject(new GrpcError(GRPC_CODE.unavailable, `connection error: ${error.message}`, { cause: error }));
    socket.once('error', fail);
    socket.once('connect', () => {
      const session = connectHttp2(isPath ? 'http://localhost' : `http://${target}`, { createConnection: () => socket });
      session.on('error', () => undefined);
      session.once('error', fail);
      // A server that dies between accepting and answering closes without an error.
      session.once('close', () => fail(new Error('the server closed the connection')));
      session.once('connect', () => resolve(session));
    });
  });
}

interface StreamState {
  chunks: Buffer[];
  bytes: number;
  messages: Buffer[];
  /** Set once the stream is over; `ok` or the error to throw. */
  outcome: GrpcError | 'ok' | undefined;
  wake: (() => void) | undefined;
}

async function* call(session: http2.ClientHttp2Session, path: string, request: Buffer, options: CallOptions): AsyncGenerator<Buffer, void, void> {
  const state: StreamState = { chunks: [], bytes: 0, messages: [], outcome: undefined, wake: undefined };
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(options.timeoutMs ? { 'grpc-timeout': `${Math.ceil(options.timeoutMs)}m` } : {}),
    ...options.metadata,
  });
  const finish = (outcome: GrpcError | 'ok') => {
    state.outcome ??= outcome;
    state.wake?.();
  };
  watchStream(stream, state, finish);
  const { timer, onAbort } = limit(options, finish);
  stream.end(frame(request));
  try {
    for (;;) {
      const message = state.messages.shift();
      if (message) yield message;
      else if (state.outcome === 'ok') return;
      else if (state.outcome) throw state.outcome;
      else await new Promise<void>((resolve) => (state.wake = resolve));
    }
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
    if (!stream.closed) stream.close(state.outcome === 'ok' ? 0 : 8);
  }
}

function limit(options: CallOptions, finish: (outcome: GrpcError) => void) {
  const onAbort = () => finish(new GrpcError(GRPC_CODE.cancelled, 'context canceled'));
  const timer = options.timeoutMs
    ? setTimeout(() => finish(new GrpcError(GRPC_CODE.deadlineExceeded, 'context deadline exceeded')), options.timeoutMs)
    : undefined;
  if (options.signal?.aborted) onAbort();
  else options.signal?.addEventListener('abort', onAbort, { once: true });
  return { timer, onAbort };
}

function watchStream(stream: http2.ClientHttp2Stream, state: StreamState, finish: (outcome: GrpcError | 'ok') => void): void {
  const settle = (headers: Record<string, unknown>) => {
    const status = headers['grpc-status'];
    if (status === undefined) return;
    const message = decodeURIComponentLoosely(typeof headers['grpc-message'] === 'string' ? headers['grpc-message'] : '');
    finish(Number(status) === 0 ? 'ok' : new GrpcError(Number(status), message));
  };
  stream.on('response', (headers) => {
    if (headers[':status'] !== 200) finish(new GrpcError(GRPC_CODE.unknown, `unexpected HTTP status code ${headers[':status']}`));
    else settle(headers);
  });
  stream.on('trailers', settle);
  stream.on('data', (chunk: Buffer) => {
    state.chunks.push(chunk);
    state.bytes += chunk.length;
    takeMessages(state);
    if (state.messages.length > 0) state.wake?.();
  });
  stream.on('error', (error: Error) => finish(new GrpcError(GRPC_CODE.unavailable, `error reading from server: ${error.message}`, { cause: error })));
  stream.on('close', () => finish(new GrpcError(GRPC_CODE.unavailable, 'error reading from server: EOF')));
}

function takeMessages(state: StreamState): void {
  while (state.bytes >= 5) {
    const buffer = state.chunks.length === 1 ? (state.chunks[0] as Buffer) : Buffer.concat(state.chunks);
    const length = buffer.readUInt32BE(1);
    const isWhole = buffer.length >= 5 + length;
    if (isWhole) state.messages.push(buffer.subarray(5, 5 + length));
    const rest = isWhole ? buffer.subarray(5 + length) : buffer;
    state.chunks = rest.length > 0 ? [rest] : [];
    state.bytes = rest.length;
    if (!isWhole) return;
  }
}

function frame(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(5 + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  message.copy(framed, 5);
  return framed;
}

function decodeURIComponentLoosely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
