import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type Clock, createLog, type Log, systemClock } from '#lib';
import { answerOf, HttpError, refuseUpgrade, sendJson, sendText } from './answers.ts';
import type { KubeletAuthorize, KubeletBackend, KubeletUser, ServingOptions } from './contract.ts';
import { serveLogs } from './log-handler.ts';
import { type ContainerPath, type Route, routeOf, subresourceOf, verbOf } from './routes.ts';
import { CpuRates, resourceMetricsOf, summaryOf } from './stats-summary.ts';
import { Upgrades } from './upgrades.ts';

export interface KubeletServerOptions {
  readonly serving: ServingOptions;
  readonly backend: KubeletBackend;
  /** Absent: whoever has a certificate of the client CA may do everything. */
  readonly authorize?: KubeletAuthorize | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
}

/** The kubelet's HTTPS server. */
export interface KubeletServer {
  readonly name: string;
  /** Rejects when the port cannot be listened on. */
  start(): Promise<void>;
  /** Ends all connections, streams included. */
  stop(): Promise<void>;
  /** The port it listens on. */
  readonly port: number;
  /** Serves new connections with these papers. */
  reload(papers: Pick<ServingOptions, 'certPem' | 'keyPem' | 'clientCaPem'>): void;
}

/** Packets that say "still there" go out on silent streams after this time; a client that vanished is noticed by them. */
const KEEP_ALIVE_MS = 30_000;

/** Serves the kubelet's API: pods, logs, statistics, exec, attach, port-forward. */
export function createKubeletServer(options: KubeletServerOptions): KubeletServer {
  return new HttpsKubeletServer(options);
}

class HttpsKubeletServer implements KubeletServer {
  readonly name = 'kubelet-server';
  readonly #options: KubeletServerOptions;
  readonly #backend: KubeletBackend;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #upgrades: Upgrades;
  readonly #rates = new CpuRates();
  readonly #sockets = new Set<Duplex>();
  #isListening = false;

  constructor(options: KubeletServerOptions) {
    this.#options = options;
    this.#backend = options.backend;
    this.#log = options.log ?? createLog('kubelet');
    this.#clock = options.clock ?? systemClock;
    this.#upgrades = new Upgrades(options.backend, this.#clock);
    const { certPem, keyPem, clientCaPem } = options.serving;
    // /healthz is for everybody: certificates are asked for here and insisted on per request.
    this.#server = createServer({ cert: certPem, key: keyPem, ca: clientCaPem, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2' });
    this.#server.requestTimeout = 0;
    this.#server.on('request', (request, response) => void this.#onRequest(request, response));
    this.#server.on('upgrade', (request, socket, head) => void this.#onUpgrade(request, socket, head));
    this.#server.on('connection', (socket) => {
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('tlsClientError', (error) => this.#log.debug('A TLS handshake failed', { err: error }));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? this.#options.serving.port;
  }

  start(): Promise<void> {
    const { port, address } = this.#options.serving;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const cause = error.code === 'EADDRINUSE' ? 'another program uses it; stop that or choose another port' : error.message;
        reject(new Error(`Cannot serve the kubelet's API on ${address}:${port}: ${cause}`, { cause: error }));
      });
      this.#server.listen(port, address, () => {
        this.#isListening = true;
        resolve();
      });
    });
  }

  async stop(): Promise<void> {
    this.#upgrades.close();
    const closed = this.#isListening ? new Promise((resolve) => this.#server.close(resolve)) : undefined;
    this.#isListening = false;
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  reload({ certPem, keyPem, clientCaPem }: Pick<ServingOptions, 'certPem' | 'keyPem' | 'clientCaPem'>): void {
    this.#server.setSecureContext({ cert: certPem, key: keyPem, ca: clientCaPem, minVersion: 'TLSv1.2' });
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { route, query } = await this.#admit(request);
      await this.#serve(route, { query, request, response });
    } catch (error) {
      const { code, text } = answerOf(error);
      if (response.headersSent) response.destroy();
      else sendText(response, code, text);
    }
  }

  async #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      const { route, query } = await this.#admit(request);
      if (route.name !== 'exec' && route.name !== 'attach' && route.name !== 'portForward') throw new HttpError(400, 'this path cannot be upgraded');
      await this.#upgrades.serve({ verb: route.name, path: route, query, request, socket, head });
    } catch (error) {
      const { code, text } = answerOf(error);
      refuseUpgrade(socket, code, text);
    }
  }

  /** What is asked for, by somebody who may ask. */
  async #admit(request: IncomingMessage): Promise<{ route: Route; query: URLSearchParams }> {
    const url = new URL(request.url ?? '/', 'https://kubelet');
    const route = routeOf(url.pathname);
    if (route?.name === 'healthz') return { route, query: url.searchParams };
    const user = userOf(request.socket as TLSSocket);
    if (!user) throw new HttpError(401, 'Unauthorized');
    const verb = verbOf(request.method ?? '');
    const subresource = route ? subresourceOf(route) : 'proxy';
    if (this.#options.authorize && !(await this.#options.authorize(user, verb, subresource))) {
      throw new HttpError(403, `Forbidden (user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresource}])\n`);
    }
    if (!route) throw new HttpError(404, '404 page not found\n');
    return { route, query: url.searchParams };
  }

  async #serve(route: Route, { query, request, response }: { query: URLSearchParams; request: IncomingMessage; response: ServerResponse }): Promise<void> {
    switch (route.name) {
      case 'healthz': {
        const problem = this.#backend.health();
        return sendText(response, problem ? 500 : 200, problem ?? 'ok');
      }
      case 'pods':
        return sendJson(response, podList(this.#backend.pods()));
      case 'runningpods':
        return sendJson(response, podList(this.#backend.runningPods()));
      case 'stats':
        return sendJson(response, summaryOf(await this.#backend.stats(), this.#rates));
      case 'metrics':
        return sendText(response, 200, this.#backend.metrics?.() ?? '', 'text/plain; version=0.0.4; charset=utf-8');
      case 'metricsResource':
        return sendText(response, 200, resourceMetricsOf(await this.#backend.stats()), 'text/plain; version=0.0.4; charset=utf-8');
      case 'metricsProbes':
        return sendText(response, 200, '', 'text/plain; version=0.0.4; charset=utf-8');
      case 'configz':
        return sendJson(response, { kubeletconfig: { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' } });
      case 'containerLogs':
        return serveLogs({ path: route, query, request, response }, this.#backend, this.#clock);
      case 'run':
        return this.#run(route, query, response);
      case 'exec':
      case 'attach':
      case 'portForward':
        throw new HttpError(400, 'Upgrade request required');
      case 'logs':
        throw new HttpError(405, 'logs endpoint is disabled.');
    }
  }

  /** `/run/…?cmd=…`: the output of a command that is waited for. */
  async #run(path: ContainerPath, query: URLSearchParams, response: ServerResponse): Promise<void> {
    const found = this.#backend.findContainer(path.namespace, path.pod, path.container, path.uid);
    if (found.found === 'nothing') throw new HttpError(404, 'pod does not exist');
    if (found.found === 'pod' || !found.target.containerId) throw new HttpError(500, `container not found (${JSON.stringify(path.container)})`);
    const command = (query.get('cmd') ?? '').split(' ').filter((word) => word !== '');
    const { stdout, stderr, exitCode } = await this.#backend.execSync(found.target.containerId, command, 0);
    if (exitCode !== 0) throw new HttpError(500, `command '${command.join(' ')}' exited with ${exitCode}: ${stderr.toString()}`);
    sendText(response, 200, Buffer.concat([stdout, stderr]).toString());
  }
}

function podList(items: readonly object[]): object {
  return { kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
}

/** Whoever the verified certificate names: common name and organizations, as everywhere in Kubernetes. */
function userOf(socket: TLSSocket): KubeletUser | undefined {
  if (!socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  if (!subject?.CN) return undefined;
  const organizations: string | string[] | undefined = subject.O;
  const groups = organizations === undefined ? [] : Array.isArray(organizations) ? organizations : [organizations];
  return { name: String(subject.CN), groups: [...groups, 'system:authenticated'] };
}
