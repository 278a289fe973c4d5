import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Headers, HttpAnswer } from './http-message.ts';

// As k8s.io/apiserver's deferred response writer: smaller answers are not worth it, and speed is preferred to size.
const GZIP_THRESHOLD_BYTES = 128 * 1024;
const LEVEL = 1;
const gzip = promisify(zlib.gzip);

/** The answer's headers and bytes, compressed where the client takes gzip and it pays. */
export function compress(requestHeaders: Headers, answer: HttpAnswer): { headers: HttpAnswer['headers']; body: Buffer | Promise<Buffer> } {
  const { headers } = answer;
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : (answer.body ?? Buffer.alloc(0));
  if (body.length < GZIP_THRESHOLD_BYTES || answer.status !== 200 || headers['content-encoding'] || !accepts(requestHeaders['accept-encoding'])) {
    return { headers, body };
  }
  return { headers: { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' }, body: gzip(body, { level: LEVEL }) };
}

function accepts(header: string | string[] | undefined): boolean {
  return typeof header === 'string' && header.split(',').some((each) => each.trim().split(';')[0] === 'gzip');
}
