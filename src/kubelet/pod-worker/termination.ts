import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { ObservedContainer } from './observed.ts';

// Upstream's limits: the file, and what of the log stands in for it.
const MAX_MESSAGE_BYTES = 4096;
const MAX_LOG_BYTES = 2048;
const MAX_LOG_LINES = 80;

/** What a container that has ended left as its message; '' when nothing. */
export function readTerminationMessage(container: ObservedContainer): string {
  const text = container.terminationFile ? readTail(container.terminationFile, MAX_MESSAGE_BYTES, false) : '';
  const usesLog = container.terminationPolicy === 'FallbackToLogsOnError' && container.exitCode !== 0;
  if (text !== '' || !usesLog) return text;
  return lastLogText(readTail(container.logPath, MAX_LOG_BYTES * 4, true));
}

/** The log's text without CRI's prefixes `time stream tag `. */
export function lastLogText(log: string): string {
  let text = '';
  for (const line of log.split('\n').slice(-MAX_LOG_LINES - 1)) {
    const match = /^\S+ (?:stdout|stderr) ([FP])(?::\S+)? (.*)$/.exec(line);
    if (match) text += match[1] === 'F' ? `${match[2]}\n` : match[2];
  }
  return Buffer.from(text).subarray(-MAX_LOG_BYTES).toString();
}

function readTail(path: string, maxBytes: number, fromEnd: boolean): string {
  try {
    const { size } = statSync(path);
    const length = Math.min(size, maxBytes);
    const buffer = Buffer.alloc(length);
    const file = openSync(path, 'r');
    try {
      readSync(file, buffer, 0, length, fromEnd ? size - length : 0);
    } finally {
      closeSync(file);
    }
    return buffer.toString();
  } catch {
    return '';
  }
}
