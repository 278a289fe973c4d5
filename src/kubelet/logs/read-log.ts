import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { LogFormatter } from './cri-lines.ts';
import type { LogOptions } from './log-options.ts';

const BLOCK = 1 << 16;
const NEWLINE = 0x0a;

export interface ReadLogOptions extends LogOptions {
  readonly path: string;
  /** Ends the reading at once. */
  readonly signal: AbortSignal;
  /** With `follow`: calls back when the container has ended; returns what ends that wait. */
  readonly onEnd?: ((ended: () => void) => () => void) | undefined;
}

/**
 * Yields what `kubectl logs` shows of a container's log file. With `follow` it goes on through rotations until the container has ended
 * and everything it wrote has been read; it waits for the file system's word and never asks again and again.
 */
export async function* readLog(options: ReadLogOptions): AsyncGenerator<Buffer, void, void> {
  if (options.limitBytes === 0 || (options.tailLines === 0 && !options.follow)) return;
  const changes = options.follow ? new LogChanges(options) : undefined;
  let file = await open(options.path);
  try {
    const formatter = new LogFormatter(options);
    let offset = options.tailLines === undefined ? 0 : await tailOffset(file, options.tailLines);
    for (;;) {
      const hadEnded = changes?.hasEnded ?? true;
      const seen = changes?.count ?? 0;
      const reader = readBlocks(file, offset, formatter, options.signal);
      for (;;) {
        const { value, done } = await reader.next();
        if (done) {
          offset = value;
          break;
        }
        yield value;
      }
      if (formatter.isDone || options.signal.aborted) return;
      const replacement = changes ? await replacementOf(file, options.path) : undefined;
      if (replacement) {
        // What was written to the old file between its end and the rotation has been read above or is read now.
        for await (const rest of readBlocks(file, offset, formatter, options.signal)) yield rest;
        await file.close();
        file = replacement;
        offset = 0;
        continue;
      }
      if (hadEnded || !changes) return;
      await changes.next(seen);
      if (options.signal.aborted) return;
    }
  } finally {
    changes?.close();
    await file.close();
  }
}

/** Yields the formatted lines from `offset` to the end; returns the offset behind the last complete line. */
async function* readBlocks(file: FileHandle, offset: number, formatter: LogFormatter, signal: AbortSignal): AsyncGenerator<Buffer, number, void> {
  let position = offset;
  let carried = Buffer.alloc(0);
  while (!formatter.isDone && !signal.aborted) {
    const buffer = Buffer.allocUnsafe(carried.length + BLOCK);
    carried.copy(buffer);
    const { bytesRead } = await file.read(buffer, carried.length, BLOCK, position + carried.length);
    if (bytesRead === 0) break;
    const bytes = buffer.subarray(0, carried.length + bytesRead);
    const { output, consumed } = formatter.format(bytes);
    position += consumed;
    carried = bytes.subarray(consumed);
    if (output.length > 0) yield output;
  }
  return position;
}

/** Where the last `lines` lines begin; reads from the end and no more than needed. */
async function tailOffset(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  if (lines === 0) return size;
  const buffer = Buffer.allocUnsafe(BLOCK);
  let missing = lines;
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - BLOCK);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at--) {
      // The newline that ends the file ends the last line; each one before it begins a line.
      if (buffer[at] !== NEWLINE || start + at === size - 1) continue;
      missing -= 1;
      if (missing === 0) return start + at + 1;
    }
    end = start;
  }
  return 0;
}

/** The file that is at `path` now, when it is another than `file`: the log was rotated. */
async function replacementOf(file: FileHandle, path: string): Promise<FileHandle | undefined> {
  const [own, current] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  if (!current || current.ino === own.ino) return undefined;
  return open(path).catch(() => undefined);
}

/** Counts what happens to a log file and its container. */
class LogChanges {
  count = 0;
  hasEnded = false;
  readonly #watcher: FSWatcher;
  readonly #stopWaiting: (() => void) | undefined;
  readonly #signal: AbortSignal;
  #wake: (() => void) | undefined;
  readonly #bump = () => {
    this.count += 1;
    this.#wake?.();
  };

  constructor({ path, signal, onEnd }: ReadLogOptions) {
    const name = basename(path);
    // The folder and not the file: a rotation puts another file in its place.
    this.#watcher = watch(dirname(path), (_, changed) => {
      if (changed === null || changed === name) this.#bump();
    });
    this.#watcher.on('error', this.#bump);
    this.#signal = signal;
    signal.addEventListener('abort', this.#bump);
    this.#stopWaiting = onEnd?.(() => {
      this.hasEnded = true;
      this.#bump();
    });
  }
  /** Resolves when something has happened after the count was `seen`. */
  async next(seen: number): Promise<void> {
    if (this.count !== seen) return;
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
  }
  close(): void {
    this.#watcher.close();
    this.#signal.removeEventListener('abort', this.#bump);
    this.#stopWaiting?.();
  }
}
