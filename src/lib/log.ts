/** Structured logging in the text form that k3s (logrus) prints: `time="…" level=info msg="…" key=value`. */

import { openSync, writeSync } from 'node:fs';

export type LogLevel = 'debug' | 'info' | 'warning' | 'error' | 'fatal';
export type LogFields = Record<string, unknown>;

/** A component's log; `folder` names in the tree are the `component` field. Secrets must never be passed in. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warning(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with more fields on every line. */
  with(fields: LogFields): Log;
}

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warning: 2, error: 3, fatal: 4 };

export interface LogSink {
  level: LogLevel;
  write(line: string): void;
  /** Appends to a file from now on, made where it is missing; `--log` and `--alsologtostderr`. Throws when it cannot be written. */
  toFile(file: string, options: { alsoStderr: boolean }): void;
}

/** Where lines go: the process' standard error unless told otherwise. */
export const logSink: LogSink = {
  level: 'info',
  write: (line) => void process.stderr.write(line),
  toFile(file, { alsoStderr }) {
    const fd = openSync(file, 'a', 0o640);
    logSink.write = (line) => {
      writeSync(fd, line);
      if (alsoStderr) process.stderr.write(line);
    };
  },
};

export function createLog(component: string): Log {
  return logWith({ component });
}

function logWith(base: LogFields): Log {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (RANK[level] >= RANK[logSink.level]) logSink.write(formatLine(new Date(), level, message, { ...base, ...fields }));
  };
  return { debug: at('debug'), info: at('info'), warning: at('warning'), error: at('error'), with: (fields) => logWith({ ...base, ...fields }) };
}

/** One line as logrus' text formatter writes it; `err` fields print the whole cause chain. */
export function formatLine(time: Date, level: LogLevel, message: string, fields: LogFields): string {
  let line = `time="${time.toISOString().slice(0, 19)}Z" level=${level} msg=${JSON.stringify(message)}`;
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) line += ` ${key}=${formatValue(value)}`;
  }
  return `${line}\n`;
}

function formatValue(value: unknown): string {
  const text = value instanceof Error ? describeError(value) : typeof value === 'string' ? value : JSON.stringify(value);
  return /^[\w./@^+:-]+$/.test(text) ? text : JSON.stringify(text);
}

/** An error with its causes in one line: `Cannot open x: file is locked`. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : describeError(error.cause);
  return cause && !error.message.includes(cause) ? `${error.message}: ${cause}` : error.message;
}
