import { once } from 'node:events';
import http2, { type ClientHttp2Session } from 'node:http2';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { kubeconfigData } from '../integration/control-plane.ts';
import type { KillableServer } from '../informers/killable-server.ts';

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}
export interface FuzzAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** Longer than the server's own limit of a request means that it hangs. */
const ANSWER_MS = 10_000;

/** The server under attack. What it must not do is thrown as a Find. */
export class Target {
  readonly #server: KillableServer;
  readonly #identity: { ca: string; cert: string; key: string };
  #session: ClientHttp2Session | undefined;

  constructor(server: KillableServer) {
    this.#server = server;
    const text = readFileSync(server.kubeconfig, 'utf8');
    this.#identity = {
      ca: kubeconfigData(text, 'certificate-authority-data'),
      cert: kubeconfigData(text, 'client-certificate-data'),
      key: kubeconfigData(text, 'client-key-data'),
    };
  }

  /** One request over HTTP/2; a watch is cut off after its first bytes. Throws a Find where no answer comes or the server says that it failed. */
  async send({ method, path, headers = {}, body }: FuzzRequest): Promise<FuzzAnswer | undefined> {
    const session = await this.#open();
    let stream: http2.ClientHttp2Stream;
    try {
      stream = session.request({ ...headers, ':method': method, ':path': path }, { endStream: body === undefined });
    } catch {
      // What Node's client does not send cannot be tried this way.
      return undefined;
    }
    if (body !== undefined) stream.end(body);
    return await this.#answer(stream, path);
  }

  #answer(stream: http2.ClientHttp2Stream, path: string): Promise<FuzzAnswer | undefined> {
    return new Promise((resolve, reject) => {
      let status = 0;
      const chunks: Buffer[] = [];
      const done = (): void => {
        clearTimeout(timer);
        const answer = { status, body: Buffer.concat(chunks) };
        if (isFailure(answer)) reject(new Find(`${status} ${answer.body.toString().slice(0, 500)}`));
        else resolve(status === 0 ? undefined : answer);
      };
      const timer = setTimeout(() => {
        stream.close(http2.constants.NGHTTP2_CANCEL);
        reject(new Find(`no answer within ${ANSWER_MS} ms`));
      }, ANSWER_MS);
      stream.on('response', (received) => {
        status = Number(received[':status']);
        if (/[?&]watch=|\/watch\/|follow=/.test(path) && status === 200) stream.close(http2.constants.NGHTTP2_CANCEL);
      });
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', () => undefined);
      stream.on('close', done);
    });
  }

  /** Writes bytes to a TLS connection and waits until the server closes it, or a moment has passed. */
  async raw(protocol: 'h2' | 'http/1.1', bytes: Buffer): Promise<void> {
    const socket = tls.connect({ host: '127.0.0.1', port: this.#server.port, ...this.#identity, ALPNProtocols: [protocol], servername: 'localhost' });
    socket.on('error', () => undefined);
    socket.resume();
    const closed = once(socket, 'close').catch(() => undefined);
    await Promise.race([once(socket, 'secureConnect').catch(() => undefined), closed]);
    socket.write(bytes);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([closed, new Promise((resolve) => (timer = setTimeout(resolve, RAW_MS)))]);
    clearTimeout(timer);
    socket.destroy();
  }

  /** A number that the server tells about itself at /metrics. */
  async metric(name: string): Promise<number> {
    const answer = await this.send({ method: 'GET', path: '/metrics' });
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(answer?.body.toString() ?? '')?.[1]);
  }

  close(): void {
    this.#session?.destroy();
  }

  async #open(): Promise<ClientHttp2Session> {
    const known = this.#session;
    if (known && !known.closed && !known.destroyed) return known;
    const session = http2.connect(`https://localhost:${this.#server.port}`, {
      ...this.#identity,
      lookup: (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    session.on('error', () => undefined);
    this.#session = session;
    const isOpen = await Promise.race([once(session, 'connect').then(() => true), once(session, 'close').then(() => false)]);
    if (!isOpen) throw new Find('the server takes no connections');
    return session;
  }
}

const RAW_MS = 50;

/** Something that the server must not do. */
export class Find extends Error {}

/** Something was not foreseen. Upstream has answers of 500 that are: without this reason, and for a port that it cannot allocate. */
function isFailure({ status, body }: FuzzAnswer): boolean {
  return status === 500 && body.includes('InternalError') && !body.includes('failed to allocate requested HealthCheck NodePort');
}
