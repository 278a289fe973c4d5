import http2 from 'node:http2';
import type { Json, TestServer } from './test-server.ts';

/** One line of a watch's answer. */
export interface JsonEvent {
  readonly type: string;
  readonly object: Json;
}

/** A watch as a client has it: its events as they come, until it ends. */
export class JsonWatch implements Disposable {
  readonly events: JsonEvent[] = [];
  /** Status and headers; settled once the answer has begun. */
  readonly started: Promise<Record<string, unknown>>;
  readonly ended: Promise<void>;
  readonly #session: http2.ClientHttp2Session;
  #wake = (): void => {};

  constructor(api: TestServer, path: string, accept = 'application/json') {
    this.#session = http2.connect(api.url, { ca: api.caPem, cert: api.admin.certPem, key: api.admin.keyPem });
    const stream = this.#session.request({ ':path': path, accept });
    this.started = new Promise((resolve) => stream.on('response', resolve));
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      this.events.push(...lines.map((line) => JSON.parse(line) as JsonEvent));
      this.#wake();
    });
    this.ended = new Promise((resolve) => stream.on('close', resolve));
  }
  /** The first `count` events, once there are so many. */
  async until(count: number): Promise<readonly JsonEvent[]> {
    while (this.events.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.events.slice(0, count);
  }
  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}
