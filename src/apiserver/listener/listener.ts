import type { Server as HttpServer } from 'node:http';
import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import tls, { type Server as TlsServer, type TLSSocket } from 'node:tls';
import type { Clock, Log } from '#lib';
import { createHttp1Server } from './h1.ts';
import { createHttp2Server } from './h2.ts';
import type { HttpHandler } from './http-message.ts';
import { type PeerTrust, peerTrust, trustPeer } from './peer.ts';

export interface ListenerOptions {
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls: TlsFiles;
  readonly handler: HttpHandler;
  readonly log: Log;
  readonly clock: Clock;
  /** A connection came to nothing before it could ask. */
  readonly onTlsError?: (() => void) | undefined;
}
export interface TlsFiles {
  readonly certPem: string;
  readonly keyPem: string;
  /** Signs client certificates; they are asked for and verified, but nobody must have one. */
  readonly clientCaPem: string;
  /** Signs the certificates of proxies that say in headers for whom they speak; absent: there are none. */
  readonly requestHeaderCaPem?: string | undefined;
}

/** How long answers that are being given may take once the server stops. */
const GRACE_MS = 5_000;

/** One TLS port that speaks HTTP/2 and HTTP/1.1, as the client prefers. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #tls: TlsServer;
  readonly #h1: HttpServer;
  readonly #h2: Http2Server;
  readonly #sessions: Set<ServerHttp2Session>;
  readonly #sockets = new Set<TLSSocket>();
  #trust: PeerTrust;
  #port = 0;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#trust = peerTrust(options.tls);
    const { handler, log, clock } = options;
    this.#h1 = createHttp1Server(handler, log, clock);
    ({ server: this.#h2, sessions: this.#sessions } = createHttp2Server(handler, log, clock));
    this.#tls = tls.createServer({
      ...secureContext(options.tls),
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: 10_000,
    });
    this.#tls.on('secureConnection', (socket) => this.#accept(socket));
    this.#tls.on('tlsClientError', (err) => {
      log.debug('TLS handshake failed', { err });
      options.onTlsError?.();
    });
  }

  get port(): number {
    return this.#port;
  }

  /** Throws an Error that says which address could not be bound. */
  async listen(): Promise<void> {
    const { address, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const failed = (cause: Error) => reject(new Error(`Cannot listen on ${address}:${port}: ${cause.message}`, { cause }));
      this.#tls.once('error', failed);
      this.#tls.listen(port, address, () => {
        this.#tls.off('error', failed);
        resolve();
      });
    });
    this.#port = (this.#tls.address() as AddressInfo).port;
  }

  /** New connections use these certificates; open ones stay. */
  reload(files: TlsFiles): void {
    this.#trust = peerTrust(files);
    this.#tls.setSecureContext(secureContext(files));
  }

  /** Takes no new connections and requests, lets answers finish for a while, then closes what is left. */
  async close(): Promise<void> {
    if (!this.#tls.listening) return;
    const closed = new Promise<void>((resolve) => this.#tls.close(() => resolve()));
    for (const session of this.#sessions) session.close();
    this.#h1.closeIdleConnections();
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, GRACE_MS);
    // Keep-alive connections become idle one by one as their answers finish.
    const idle = setInterval(() => this.#h1.closeIdleConnections(), 100);
    await closed;
    clearTimeout(timer);
    clearInterval(idle);
    this.#h1.close();
    this.#h2.close();
  }

  #accept(socket: TLSSocket): void {
    this.#sockets.add(socket);
    trustPeer(socket, this.#trust);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', (err) => this.#options.log.debug('Connection failed', { err }));
    socket.setNoDelay(true);
    // Half-open connections are noticed within a minute.
    socket.setKeepAlive(true, 30_000);
    if (socket.alpnProtocol === 'h2') this.#h2.emit('connection', socket);
    else this.#h1.emit('connection', socket);
  }
}

function secureContext(files: TlsFiles): tls.SecureContextOptions {
  const ca = files.requestHeaderCaPem ? [files.clientCaPem, files.requestHeaderCaPem] : files.clientCaPem;
  return { cert: files.certPem, key: files.keyPem, ca, minVersion: 'TLSv1.2' };
}
