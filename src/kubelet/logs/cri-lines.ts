/** The CRI log format: `<RFC 3339 time> <stdout|stderr> <P|F> <text>`; P is a part of a line, F its end. Pure. */
import type { LogOptions } from './log-options.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const PARTIAL = 0x50;
const STDOUT_LETTER = 'o'.charCodeAt(0);

/** Turns the bytes of a log file into what `kubectl logs` shows. Parts of lines become whole lines again. */
export class LogFormatter {
  readonly #options: Pick<LogOptions, 'timestamps' | 'sinceMs' | 'stream'>;
  #remaining: number;
  #isAtLineStart = true;

  constructor(options: Pick<LogOptions, 'timestamps' | 'sinceMs' | 'stream' | 'limitBytes'>) {
    this.#options = options;
    this.#remaining = options.limitBytes ?? Number.POSITIVE_INFINITY;
  }
  /** limitBytes is used up. */
  get isDone(): boolean {
    return this.#remaining <= 0;
  }

  /** The text of the complete lines in `bytes`, and how many bytes those took. */
  format(bytes: Buffer): { output: Buffer; consumed: number } {
    const parts: Buffer[] = [];
    let start = 0;
    while (!this.isDone) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) break;
      this.#line(bytes, { start, end }, parts);
      start = end + 1;
    }
    return { output: parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts), consumed: start };
  }

  #line(bytes: Buffer, { start, end }: { start: number; end: number }, parts: Buffer[]): void {
    const afterTime = bytes.indexOf(SPACE, start);
    const afterStream = bytes.indexOf(SPACE, afterTime + 1);
    const afterTag = bytes.indexOf(SPACE, afterStream + 1);
    // A line that a crash cut: nothing to show.
    if (afterTime < 0 || afterStream < 0 || afterTag < 0 || afterTag > end) return;
    const isStdout = bytes[afterTime + 4] === STDOUT_LETTER;
    if (this.#options.stream !== 'All' && (this.#options.stream === 'Stdout') !== isStdout) return;
    const isPartial = bytes[afterStream + 1] === PARTIAL;
    const time = this.#options.timestamps || this.#options.sinceMs !== undefined ? bytes.toString('latin1', start, afterTime) : '';
    if (this.#options.sinceMs !== undefined && Date.parse(time) < this.#options.sinceMs) return;
    if (this.#options.timestamps && this.#isAtLineStart) this.#put(Buffer.from(`${nanoseconds(time)} `), parts);
    this.#put(bytes.subarray(afterTag + 1, isPartial ? end : end + 1), parts);
    this.#isAtLineStart = !isPartial;
  }
  #put(bytes: Buffer, parts: Buffer[]): void {
    const part = bytes.length > this.#remaining ? bytes.subarray(0, this.#remaining) : bytes;
    this.#remaining -= part.length;
    if (part.length > 0) parts.push(part);
  }
}

/** The time with all nine digits of its fraction, as upstream prints it. */
function nanoseconds(time: string): string {
  const match = /^([^.Z+]*?T[^.Z+-]*)(?:\.(\d+))?(.*)$/.exec(time);
  return match ? `${match[1]}.${(match[2] ?? '').padEnd(9, '0').slice(0, 9)}${match[3]}` : time;
}
