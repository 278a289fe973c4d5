import { type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '#lib';
import { answerOf, HttpError, refuseUpgrade } from './answers.ts';
import { CHANNEL_PROTOCOLS, type ChannelProtocol, chooseProtocol } from './channels.ts';
import type { ContainerTarget, KubeletBackend, StreamOptions } from './contract.ts';
import { bridgeExec } from './exec-bridge.ts';
import { bridgePortForward, PORT_FORWARD_PROTOCOL, PORT_FORWARD_TUNNEL, tunnelSpdy } from './port-forward-bridge.ts';
import type { ContainerPath, StreamVerb } from './routes.ts';
import { connectToRuntime } from './runtime-connection.ts';

/** A request that wants to become a stream. */
export interface StreamRequest {
  readonly verb: StreamVerb;
  readonly path: ContainerPath;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Larger messages than any client sends; what is longer is not a client that means well. */
const MAX_MESSAGE_BYTES = 32 << 20;
const PORT_FORWARD_CHANNELS = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io', ''];

/** Serves exec, attach and port-forward to clients that speak WebSocket or SPDY. */
export class Upgrades {
  readonly #backend: KubeletBackend;
  readonly #clock: Clock;
  readonly #webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
  readonly #chosen = new WeakMap<IncomingMessage, string>();

  constructor(backend: KubeletBackend, clock: Clock) {
    this.#backend = backend;
    this.#clock = clock;
    this.#webSockets.on('headers', (headers, request) => {
      const protocol = this.#chosen.get(request);
      if (protocol) headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
    });
  }

  /** Never rejects: a failure is the answer. */
  async serve(stream: StreamRequest): Promise<void> {
    try {
      const upgrade = String(stream.request.headers.upgrade ?? '').toLowerCase();
      if (upgrade === 'websocket') await this.#serveWebSocket(stream);
      else if (upgrade === 'spdy/3.1') await this.#serveSpdy(stream);
      else throw new HttpError(400, 'Upgrade request required');
    } catch (error) {
      const { code, text } = answerOf(error);
      refuseUpgrade(stream.socket, code, text);
    }
  }

  close(): void {
    for (const client of this.#webSockets.clients) client.terminate();
  }

  async #serveWebSocket(stream: StreamRequest): Promise<void> {
    const offered = stream.request.headers['sec-websocket-protocol'];
    if (stream.verb === 'portForward') return this.#forwardPorts(stream, offered);
    const name = chooseProtocol(offered, Object.keys(CHANNEL_PROTOCOLS));
    const protocol = name === undefined ? undefined : CHANNEL_PROTOCOLS[name];
    if (name === undefined || !protocol) throw new HttpError(400, `unsupported WebSocket protocols: ${offered}`);
    const target = this.#target(stream);
    const options = streamOptions(stream, target);
    const url = this.#processUrl(stream, target, options);
    // v5 clients read failures from the error channel, others from the answer to the handshake, as with upstream's API server.
    if (protocol.hasClose) url.catch(() => undefined);
    else await url;
    const { containerId } = target;
    const releaseInput = stream.verb === 'exec' && containerId ? async () => this.#backend.releaseInput?.(containerId) : undefined;
    this.#upgrade(stream, name, (socket) => bridgeExec(socket, { protocol, streams: options, url, clock: this.#clock, releaseInput }));
  }

  async #forwardPorts(stream: StreamRequest, offered: string | undefined): Promise<void> {
    const sandboxId = this.#sandbox(stream);
    if (chooseProtocol(offered, [PORT_FORWARD_TUNNEL])) {
      const runtime = await connectToRuntime(await this.#backend.portForwardUrl(sandboxId, []), [PORT_FORWARD_PROTOCOL]);
      this.#upgrade(stream, PORT_FORWARD_TUNNEL, (socket) => tunnelSpdy(socket, runtime));
      return;
    }
    const name = chooseProtocol(offered, PORT_FORWARD_CHANNELS);
    if (name === undefined) throw new HttpError(400, `unsupported WebSocket protocols: ${offered}`);
    const ports = portsOf(stream.query);
    const url = await this.#backend.portForwardUrl(sandboxId, ports);
    this.#upgrade(stream, name, (socket) => bridgePortForward(socket, CHANNEL_PROTOCOLS[name] as ChannelProtocol, ports, Promise.resolve(url)));
  }

  /** The runtime speaks the client's language: after the request both are joined byte for byte. */
  async #serveSpdy(stream: StreamRequest): Promise<void> {
    const url = stream.verb === 'portForward' ? this.#backend.portForwardUrl(this.#sandbox(stream), []) : this.#spdyProcessUrl(stream);
    joinWithRuntime(stream, await url);
  }
  #spdyProcessUrl(stream: StreamRequest): Promise<string> {
    const target = this.#target(stream);
    return this.#processUrl(stream, target, streamOptions(stream, target));
  }

  async #processUrl(stream: StreamRequest, target: ContainerTarget, options: StreamOptions): Promise<string> {
    const { containerId } = target;
    if (!containerId || !target.state?.running) throw new Error(`container not found (${JSON.stringify(target.container)})`);
    if (stream.verb === 'attach') return this.#backend.attachUrl(containerId, options);
    return this.#backend.execUrl(containerId, stream.query.getAll('command'), options);
  }

  #target({ path }: StreamRequest): ContainerTarget {
    const found = this.#backend.findContainer(path.namespace, path.pod, path.container, path.uid);
    if (found.found === 'nothing') throw new HttpError(404, 'pod does not exist');
    if (found.found === 'pod') throw new HttpError(500, `container not found (${JSON.stringify(path.container)})`);
    return found.target;
  }
  #sandbox({ path }: StreamRequest): string {
    const pod = this.#backend
      .pods()
      .find(({ metadata }) => metadata.namespace === path.namespace && metadata.name === path.pod && (!path.uid || metadata.uid === path.uid));
    if (!pod) throw new HttpError(404, 'pod does not exist');
    for (const container of [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]) {
      const found = this.#backend.findContainer(path.namespace, path.pod, container.name, path.uid);
      if (found.found === 'container' && found.target.sandboxId) return found.target.sandboxId;
    }
    throw new HttpError(500, 'sandbox of the pod is not running');
  }

  /** `ws` refuses protocol names with a slash, so the choice is made here and told through the `headers` event. */
  #upgrade({ request, socket, head }: StreamRequest, protocol: string, accept: (socket: WebSocket) => void): void {
    delete request.headers['sec-websocket-protocol'];
    this.#chosen.set(request, protocol);
    this.#webSockets.handleUpgrade(request, socket, head, accept);
  }
}

/** kubectl and the API server name the streams stdin, stdout, stderr; the kubelet's own API input, output, error. */
function streamOptions({ verb, query }: StreamRequest, target: ContainerTarget): StreamOptions {
  const has = (...names: string[]) => names.some((name) => ['1', 'true'].includes(query.get(name) ?? ''));
  const tty = verb === 'attach' ? target.tty : has('tty');
  const options = { stdin: has('input', 'stdin'), stdout: has('output', 'stdout'), stderr: has('error', 'stderr') && !tty, tty };
  if (!options.stdin && !options.stdout && !options.stderr) throw new HttpError(400, 'you must specify at least 1 of stdin, stdout, stderr');
  return options;
}

function portsOf(query: URLSearchParams): number[] {
  const names = [...query.getAll('ports'), ...query.getAll('port')].flatMap((list) => list.split(','));
  if (names.length === 0) throw new HttpError(400, 'query parameter "port" is required');
  return names.map((name) => {
    const port = Number(name);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new HttpError(400, `unable to parse ${JSON.stringify(name)} as a port`);
    return port;
  });
}

/** Sends the client's upgrade request to the runtime and joins the connections, whatever the runtime answers. */
function joinWithRuntime({ request: incoming, socket, head }: StreamRequest, url: string): void {
  const versions = incoming.headers['x-stream-protocol-version'];
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'SPDY/3.1',
    'Content-Length': '0',
    // Node joins repeated headers with commas; the runtime wants them apart.
    ...(versions ? { 'X-Stream-Protocol-Version': String(versions).split(/,\s*/) } : {}),
  };
  const outgoing = request(url, { method: 'POST', headers });
  outgoing.once('upgrade', (response, runtime, runtimeHead) => {
    const lines = [`HTTP/1.1 101 Switching Protocols`, 'Connection: Upgrade', 'Upgrade: SPDY/3.1'];
    const chosen = response.headers['x-stream-protocol-version'];
    if (chosen) lines.push(`X-Stream-Protocol-Version: ${String(chosen)}`);
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    if (runtimeHead.length > 0) socket.write(runtimeHead);
    if (head.length > 0) runtime.write(head);
    runtime.setNoDelay(true);
    socket.pipe(runtime).pipe(socket);
    for (const [one, other] of [
      [socket, runtime],
      [runtime, socket],
    ] as const) {
      one.on('error', () => other.destroy());
    }
    socket.on('close', () => runtime.destroy());
  });
  outgoing.once('response', (response) => {
    const body: Buffer[] = [];
    response.on('data', (chunk: Buffer) => body.push(chunk));
    response.on('end', () => refuseUpgrade(socket, response.statusCode ?? 500, Buffer.concat(body).toString()));
  });
  outgoing.once('error', (error) => refuseUpgrade(socket, 500, `Cannot reach the container runtime's streaming server: ${error.message}`));
  outgoing.end();
}
