/**
 * The least that a server of Node's can do: HTTP/2 over TLS, answers that are ready, nothing looked at and nothing kept.
 * `floor-server.ts CERT KEY HOST PORT` prints `ready` once it listens. What it needs for an answer nobody who uses `node:http2` gets below.
 *
 *   GET, POST, PUT, PATCH /bytes/N    N bytes, once the body has come
 *   GET /watch                        an answer without end
 *   POST /events                      an event to every watch, then an answer
 */
import { readFileSync } from 'node:fs';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';

const EVENT = Buffer.alloc(900, 'e');

const [cert = '', key = '', host = '', port = ''] = process.argv.slice(2);
const ready = new Map<string, Buffer>();
const watches = new Set<ServerHttp2Stream>();

function bytesOf(path: string): Buffer {
  let bytes = ready.get(path);
  if (!bytes) ready.set(path, (bytes = Buffer.alloc(Number(path.split('/').at(-1)), 'b')));
  return bytes;
}

function answer(stream: ServerHttp2Stream, path: string): void {
  if (path === '/watch') {
    stream.respond({ ':status': 200, 'content-type': 'application/json' });
    watches.add(stream);
    stream.on('close', () => watches.delete(stream));
    return;
  }
  if (path === '/events') for (const watch of watches) watch.write(EVENT);
  const body = path === '/events' ? EVENT : bytesOf(path);
  stream.respond({ ':status': 200, 'content-type': 'application/json', 'content-length': body.length });
  stream.end(body);
}

const server = createSecureServer({ cert: readFileSync(cert), key: readFileSync(key), settings: { initialWindowSize: 1 << 20 } });
server.on('stream', (stream: ServerHttp2Stream, headers) => {
  const path = headers[':path'] ?? '';
  stream.on('error', () => undefined);
  if (stream.endAfterHeaders) return answer(stream, path);
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => answer(stream, path));
});
server.listen(Number(port), host, () => console.log('ready'));
