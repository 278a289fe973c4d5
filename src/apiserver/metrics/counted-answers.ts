import type { AnswerSink, HttpAnswer } from '../listener/http-message.ts';

/** The stream, with `over` called once when it has ended, with the bytes that were written and whether it was broken off. */
export function countedStream(stream: NonNullable<HttpAnswer['stream']>, over: (bytes: number, isAborted: boolean) => void): NonNullable<HttpAnswer['stream']> {
  return (sink) => {
    const counted = new CountedSink(sink);
    sink.onClose(() => over(counted.bytes, counted.isAborted));
    stream(counted);
  };
}

/** The tunnel, with `over` called once when its connection is closed. */
export function countedTunnel(tunnel: NonNullable<HttpAnswer['tunnel']>, over: () => void): NonNullable<HttpAnswer['tunnel']> {
  return (socket, head) => {
    if (socket.destroyed) over();
    else socket.once('close', over);
    tunnel(socket, head);
  };
}

class CountedSink implements AnswerSink {
  readonly #sink: AnswerSink;
  bytes = 0;
  isAborted = false;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }
  get bufferedBytes(): number {
    return this.#sink.bufferedBytes;
  }
  get connection(): object {
    return this.#sink.connection;
  }
  write(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#sink.write(chunk);
  }
  end(): void {
    this.#sink.end();
  }
  abort(): void {
    this.isAborted = true;
    this.#sink.abort();
  }
  onDrain(run: () => void): void {
    this.#sink.onDrain(run);
  }
  onClose(run: () => void): void {
    this.#sink.onClose(run);
  }
}
