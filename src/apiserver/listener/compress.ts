import { newInternalError } from '#api';
import { pipeline, Readable, type Writable } from 'node:stream';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Headers, HttpAnswer } from './http-message.ts';
import { type Begun, beginBody, chunksOf, type PiecedBody } from './pieced-body.ts';

// As k8s.io/apiserver's deferred response writer: smaller answers are not worth it, and speed is preferred to size.
const GZIP_THRESHOLD_BYTES = 128 * 1024;
const LEVEL = 1;
const gzip = promisify(zlib.gzip);

interface Ready {
  readonly status: number;
  readonly headers: HttpAnswer['headers'];
  readonly begun: Begun;
}

/** The answer with the beginning of its body, compressed where the client takes gzip and it pays. A body that cannot be begun is a failure of the server's. */
export function prepareBody(requestHeaders: Headers, answer: HttpAnswer): Ready | Promise<Ready> {
  try {
    return prepare(requestHeaders, answer);
  } catch (error) {
    const whole = Buffer.from(`${JSON.stringify(newInternalError(error).toStatus())}\n`);
    return { status: 500, headers: { 'content-type': 'application/json', 'cache-control': 'no-cache, private' }, begun: { whole } };
  }
}

function prepare(requestHeaders: Headers, { status, headers, body = '' }: HttpAnswer): Ready | Promise<Ready> {
  const isPieced = typeof body === 'object' && !Buffer.isBuffer(body);
  const length = isPieced ? body.sizeHint : body.length;
  const isCompressed = length >= GZIP_THRESHOLD_BYTES && status === 200 && !headers['content-encoding'] && accepts(requestHeaders['accept-encoding']);
  if (!isCompressed) {
    if (isPieced) return { status, headers, begun: beginBody(body) };
    return { status, headers, begun: { whole: typeof body === 'string' ? Buffer.from(body) : body } };
  }
  const encoded = { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' };
  if (isPieced) return { status, headers: encoded, begun: { sendTo: (out) => sendCompressed(body, out) } };
  return gzip(body, { level: LEVEL }).then((whole) => ({ status, headers: encoded, begun: { whole } }));
}

function sendCompressed(body: PiecedBody, out: Writable): void {
  const chunks = Readable.from(chunksOf(body), { objectMode: true, highWaterMark: 1 });
  pipeline(chunks, zlib.createGzip({ level: LEVEL }), out, () => {
    // Whoever went away is told nothing; all others have got everything.
  });
}

/** As upstream reads it: with a parameter it is another encoding. */
function accepts(header: string | string[] | undefined): boolean {
  return typeof header === 'string' && header.split(',').some((each) => each.trim() === 'gzip');
}
