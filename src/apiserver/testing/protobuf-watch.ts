import http2 from 'node:http2';
import { type ProtobufWatchEvent, WatchFrameDecoder } from '#api';
import type { TestServer } from './test-server.ts';

/** The query of a watch that begins with what there is. */
export const WATCH_LIST = '?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

/** A protobuf watch as a client has it: its events as they come. */
export class ProtobufWatch {
  readonly events: ProtobufWatchEvent[] = [];
  readonly contentType: Promise<string>;
  readonly #session: http2.ClientHttp2Session;
  #wake = (): void => {};

  constructor(api: TestServer, path: string, accept: string) {
    this.#session = http2.connect(api.url, { ca: api.caPem, cert: api.admin.certPem, key: api.admin.keyPem });
    const stream = this.#session.request({ ':path': path, accept });
    const decoder = new WatchFrameDecoder();
    this.contentType = new Promise((resolve) => stream.on('response', (headers) => resolve(String(headers['content-type']))));
    stream.on('data', (chunk: Buffer) => {
      this.events.push(...decoder.push(chunk));
      this.#wake();
    });
  }
  async until(count: number): Promise<readonly ProtobufWatchEvent[]> {
    while (this.events.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.events;
  }
  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}
