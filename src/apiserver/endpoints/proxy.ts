import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { newInternalError, type StatusError } from '#api';
import type { AnswerSink, HttpAnswer, HttpRequest } from '../listener/http-message.ts';

/** Where a proxied request goes. */
export interface Upstream {
  readonly isTls: boolean;
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly path: string;
  readonly tls?: { readonly cert?: string; readonly key?: string; readonly ca?: string; readonly rejectUnauthorized?: boolean } | undefined;
}

// Connections are between two HTTP ends only, and so are these headers.
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
// Who the client is to us, and what describes the body as it came to us: neither is for those behind the proxy.
const OURS = new Set(['authorization', 'host', 'content-length', 'accept-encoding', 'x-remote-user', 'x-remote-group', 'x-remote-uid']);
const OUR_PREFIXES = ['impersonate-', 'x-remote-extra-'];
/** What a slow reader may have unread before its source is told to wait. */
const HIGH_WATER_BYTES = 1024 * 1024;
const BODY_LIMIT = 64 * 1024 * 1024;

/** Sends the request on and answers with what comes back; upgrades become a tunnel, byte for byte. */
export async function proxyTo(upstream: Upstream, request: HttpRequest): Promise<HttpAnswer> {
  return request.isUpgrade ? await proxyUpgrade(upstream, request) : await proxyPlain(upstream, request);
}

/** Turns what a backend answered instead of data into an error of ours. */
export type RefusalOf = (status: number, text: string) => StatusError;
/** Of a refusal's text no more is read. */
const REFUSAL_LIMIT = 50_000;

/** Like proxyTo for plain requests, but throws what `refusalOf` makes of any status but 200 to 206 (upstream's GenericHttpResponseChecker). */
export async function proxyChecked(upstream: Upstream, request: HttpRequest, refusalOf: RefusalOf): Promise<HttpAnswer> {
  return await proxyPlain(upstream, request, refusalOf);
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > REFUSAL_LIMIT) break;
  }
  return text.slice(0, REFUSAL_LIMIT);
}

async function proxyPlain(upstream: Upstream, request: HttpRequest, refusalOf?: RefusalOf): Promise<HttpAnswer> {
  const body = await request.body(BODY_LIMIT);
  const outgoing = send(upstream, request, forwardedHeaders(request, body.length));
  request.signal.addEventListener('abort', () => outgoing.destroy(), { once: true });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve);
    outgoing.on('error', (cause) => reject(dialFailure(upstream, cause)));
    outgoing.end(body);
  });
  const status = response.statusCode ?? 502;
  if (refusalOf && (status < 200 || status > 206)) throw refusalOf(status, await readText(response));
  return { status, headers: returnedHeaders(response), stream: (sink) => pump(response, sink) };
}

/** Streams with back pressure: the source pauses while the sink is full. */
function pump(source: IncomingMessage, sink: AnswerSink): void {
  let isClosed = false;
  sink.onClose(() => {
    isClosed = true;
    source.destroy();
  });
  source.on('data', (chunk: Buffer) => {
    sink.write(chunk);
    if (sink.bufferedBytes > HIGH_WATER_BYTES) {
      source.pause();
      sink.onDrain(() => source.resume());
    }
  });
  source.on('end', () => sink.end());
  source.on('error', () => {
    if (!isClosed) sink.abort();
  });
}

async function proxyUpgrade(upstream: Upstream, request: HttpRequest): Promise<HttpAnswer> {
  const headers = { ...forwardedHeaders(request, 0), connection: 'Upgrade', upgrade: String(request.headers['upgrade'] ?? '') };
  const outgoing = send(upstream, request, headers);
  const answer = await new Promise<{ response: IncomingMessage; socket?: Duplex; head?: Buffer }>((resolve, reject) => {
    outgoing.on('upgrade', (response, socket, head) => resolve({ response, socket, head }));
    outgoing.on('response', (response) => resolve({ response }));
    outgoing.on('error', (cause) => reject(dialFailure(upstream, cause)));
    outgoing.end();
  });
  const { response, socket, head } = answer;
  if (!socket) return { status: response.statusCode ?? 502, headers: returnedHeaders(response), stream: (sink) => pump(response, sink) };
  return { status: 101, headers: {}, tunnel: (client, clientHead) => join(client, clientHead, socket, head ?? Buffer.alloc(0), response) };
}

/** Joins the two ends: what one says the other hears, and when one goes, so does the other. */
function join(client: Duplex, clientHead: Buffer, server: Duplex, serverHead: Buffer, response: IncomingMessage): void {
  const lines = [`HTTP/1.1 101 ${response.statusMessage || 'Switching Protocols'}`];
  for (let i = 0; i + 1 < response.rawHeaders.length; i += 2) lines.push(`${response.rawHeaders[i]}: ${response.rawHeaders[i + 1]}`);
  client.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (serverHead.length > 0) client.write(serverHead);
  if (clientHead.length > 0) server.write(clientHead);
  client.pipe(server);
  server.pipe(client);
  client.on('error', () => server.destroy());
  server.on('error', () => client.destroy());
  client.on('close', () => server.destroy());
  server.on('close', () => client.destroy());
}

function send(upstream: Upstream, request: HttpRequest, headers: Record<string, string | string[]>): http.ClientRequest {
  const { host, port, path } = upstream;
  // Agents keep connections for others; a proxied one may become a tunnel or last for hours.
  const options: RequestOptions = {
    host,
    port,
    path,
    method: request.method,
    headers: { ...headers, host: `${host.includes(':') ? `[${host}]` : host}:${port}` },
    agent: false,
  };
  return upstream.isTls ? https.request({ ...options, ...upstream.tls }) : http.request(options);
}

/** The client's headers but for those that concern only its own connection, and its credentials for us. */
function forwardedHeaders(request: HttpRequest, bodyLength: number): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  // What the client lists here concerns its connection, too.
  const named = new Set(
    String(request.headers['connection'] ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || name.startsWith(':') || HOP_BY_HOP.has(name)) continue;
    if (OURS.has(name) || OUR_PREFIXES.some((prefix) => name.startsWith(prefix)) || named.has(name)) continue;
    headers[name] = value;
  }
  const before = request.headers['x-forwarded-for'];
  headers['x-forwarded-for'] = before === undefined ? request.remoteAddress : `${String(before)}, ${request.remoteAddress}`;
  headers['x-forwarded-uri'] = request.path;
  if (bodyLength > 0) headers['content-length'] = String(bodyLength);
  return headers;
}

function returnedHeaders(response: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(response.headers)) if (value !== undefined && !HOP_BY_HOP.has(name)) headers[name] = value;
  return headers;
}

function dialFailure(upstream: Upstream, cause: Error): StatusError {
  const url = `${upstream.isTls ? 'https' : 'http'}://${upstream.host}:${upstream.port}${upstream.path}`;
  return newInternalError(new Error(`error dialing backend: ${cause.message} (${url})`, { cause }));
}
