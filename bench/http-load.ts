/** A bounded HTTP/2 load: `connections` sessions with one request in flight each, against this host's own test server. */
import { type ClientHttp2Session, connect } from 'node:http2';
import type { Credentials } from './credentials.ts';

export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: Buffer;
  readonly contentType?: string;
  readonly accept?: string;
}
export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

function send(session: ClientHttp2Session, request: LoadRequest): Promise<{ status: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string | number> = { ':method': request.method, ':path': request.path, accept: request.accept ?? 'application/json' };
    if (request.body) headers['content-type'] = request.contentType ?? 'application/json';
    const stream = session.request(headers, { endStream: request.body === undefined });
    let status = 0;
    let bytes = 0;
    stream.on('response', (answer) => (status = Number(answer[':status'])));
    stream.on('data', (chunk: Buffer) => (bytes += chunk.length));
    stream.on('end', () => resolve({ status, bytes }));
    stream.on('error', reject);
    if (request.body) stream.end(request.body);
  });
}

// Go's client, and so kubectl's and client-go's, lets a server send as much before it hears from the reader.
const STREAM_WINDOW = 4 * 1024 * 1024;
const CONNECTION_WINDOW = 2 ** 30;

/** Opens `connections` sessions. */
export async function openSessions({ server, ca, cert, key }: Credentials, connections: number): Promise<ClientHttp2Session[]> {
  const sessions = Array.from({ length: connections }, () => connect(server, { ca, cert, key, settings: { initialWindowSize: STREAM_WINDOW } }));
  await Promise.all(sessions.map((session) => new Promise((resolve, reject) => session.once('connect', resolve).once('error', reject))));
  for (const session of sessions) session.setLocalWindowSize(CONNECTION_WINDOW);
  return sessions;
}

/** Sends `count` requests as fast as the answers come; any answer but 2xx is an error. */
export async function load(sessions: readonly ClientHttp2Session[], count: number, make: (i: number) => LoadRequest): Promise<LoadResult> {
  const latencies = new Float64Array(count);
  let next = 0;
  const start = performance.now();
  await Promise.all(
    sessions.map(async (session) => {
      for (let i = next++; i < count; i = next++) {
        const sentAt = performance.now();
        const request = make(i);
        const { status } = await send(session, request);
        if (status < 200 || status > 299) throw new Error(`${request.method} ${request.path} answered ${status}`);
        latencies[i] = performance.now() - sentAt;
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  latencies.sort();
  return { perSecond: count / seconds, p50Ms: latencies[Math.floor(count * 0.5)] ?? 0, p99Ms: latencies[Math.floor(count * 0.99)] ?? 0 };
}

/** One request; its time and size. */
export async function timeOne(session: ClientHttp2Session, request: LoadRequest): Promise<{ ms: number; bytes: number; status: number }> {
  const start = performance.now();
  const { status, bytes } = await send(session, request);
  return { ms: performance.now() - start, bytes, status };
}
