import type http from 'node:http';
import https from 'node:https';

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  /** Lower case; an own `authorization` replaces the client certificate, an empty one asks as nobody. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}
export interface Server {
  readonly url: string;
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

const TIMEOUT_MS = 10_000;

/** Plain HTTP/1.1 with the headers that the recorder sent. */
export class UpstreamClient {
  readonly #server: URL;
  readonly #admin: https.Agent;
  readonly #nobody: https.Agent;

  constructor({ url, caPem: ca, certPem: cert, keyPem: key }: Server) {
    this.#server = new URL(url);
    this.#admin = new https.Agent({ ca, cert, key, keepAlive: true });
    this.#nobody = new https.Agent({ ca, keepAlive: true });
  }

  async send(request: WireRequest): Promise<WireAnswer> {
    const response = await this.#open(request, AbortSignal.timeout(TIMEOUT_MS));
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
    return answerOf(response, text);
  }

  /** The lines of a stream until there are `count` of them or `ms` have gone by; of another answer its text. */
  async watch(request: WireRequest, { count, ms }: { count: number; ms: number }): Promise<WireAnswer & { readonly lines: string[] }> {
    const response = await this.#open(request, AbortSignal.timeout(ms + TIMEOUT_MS));
    const end = setTimeout(() => response.destroy(), response.statusCode === 200 ? ms : TIMEOUT_MS);
    let text = '';
    try {
      for await (const chunk of response.setEncoding('utf8')) {
        text += chunk as string;
        if (response.statusCode === 200 && linesOf(text).length >= count) break;
      }
    } catch (error) {
      if (!response.destroyed) throw error;
    } finally {
      clearTimeout(end);
      response.destroy();
    }
    return { ...answerOf(response, text), lines: linesOf(text).slice(0, count) };
  }

  close(): void {
    this.#admin.destroy();
    this.#nobody.destroy();
  }

  #open({ method, path, headers, body }: WireRequest, signal: AbortSignal): Promise<http.IncomingMessage> {
    const { authorization, ...others } = headers;
    const sent: Record<string, string> = { 'user-agent': 'recorder/1.0', accept: 'application/json', ...others };
    if (authorization) sent['authorization'] = authorization;
    if (body !== undefined) sent['content-length'] = String(Buffer.byteLength(body));
    const agent = authorization === undefined ? this.#admin : this.#nobody;
    const { hostname: host, port } = this.#server;
    return new Promise((resolve, reject) => {
      const request = https.request({ host, port, method, path, headers: sent, agent, signal }, resolve);
      request.on('error', reject);
      request.end(body);
    });
  }
}

function answerOf({ statusCode = 0, headers }: http.IncomingMessage, text: string): WireAnswer {
  const single = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]);
  return { status: statusCode, headers: Object.fromEntries(single) as WireAnswer['headers'], text };
}

/** The finished lines. */
function linesOf(text: string): string[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line.trim() !== '');
}
