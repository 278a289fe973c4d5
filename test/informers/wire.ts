import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { KillableServer } from './killable-server.ts';

export const NAMESPACE = 'counted';
export const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;

export interface SentRequest {
  readonly method?: string;
  readonly path: string;
  readonly accept?: string;
  readonly body?: object;
  readonly signal?: AbortSignal;
}

/** One request; rejects when the server is not there. */
export function send(server: KillableServer, { method = 'GET', path, accept = 'application/json', body, signal }: SentRequest): Promise<IncomingMessage> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers: Record<string, string> = { accept, 'user-agent': 'informers/1.0' };
  if (text !== undefined) Object.assign(headers, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) });
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.port, method, path, headers, agent: server.agent, ...(signal ? { signal } : {}) };
    const request = https.request(options, resolve);
    request.on('error', reject);
    request.end(text);
  });
}

/** The whole answer. */
export async function receive(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
