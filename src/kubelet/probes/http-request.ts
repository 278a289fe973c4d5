import { get } from 'node:http';
import { get as getTls } from 'node:https';
import type { HTTPGetAction } from '#api/types/core-v1';

export interface HttpResult {
  readonly status: number;
  /** The first 10 KiB. */
  readonly body: string;
}

const MAX_BODY_BYTES = 10 * 1024;

/** One GET as probes and hooks make it: no certificate is checked, redirects are not followed to other hosts. Throws an Error with the cause. */
export async function httpGet(action: HTTPGetAction, host: string, port: number, options: { timeoutMs: number; userAgent: string }): Promise<HttpResult> {
  const isTls = action.scheme === 'HTTPS';
  const headers: Record<string, string | string[]> = { 'User-Agent': options.userAgent, Accept: '*/*', Connection: 'close' };
  for (const { name, value } of action.httpHeaders ?? []) {
    const known = Object.keys(headers).find((key) => key.toLowerCase() === name.toLowerCase());
    if (known) delete headers[known];
    headers[name] = value;
  }
  const path = action.path ? (action.path.startsWith('/') ? action.path : `/${action.path}`) : '/';
  const request = { host, port, path, headers, timeout: options.timeoutMs, agent: false as const, signal: AbortSignal.timeout(options.timeoutMs) };
  return await new Promise((resolve, reject) => {
    const started = isTls ? getTls({ ...request, rejectUnauthorized: false }) : get(request);
    started.once('error', reject);
    started.once('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const done = () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString() });
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size < MAX_BODY_BYTES) return;
        done();
        started.destroy();
      });
      response.once('end', done);
      response.once('error', reject);
    });
  });
}

/** A port by number or by the name that the container gives it; throws an Error when there is no such port. */
export function resolvePort(port: number | string, ports: readonly { name?: string | undefined; containerPort: number }[] | undefined): number {
  const named = typeof port === 'string' && !/^\d+$/.test(port) ? ports?.find((candidate) => candidate.name === port)?.containerPort : Number(port);
  if (named === undefined) throw new Error(`couldn't find port: ${JSON.stringify(port)} in pod's container`);
  if (named < 1 || named > 65_535) throw new Error(`invalid port number: ${named}`);
  return named;
}
