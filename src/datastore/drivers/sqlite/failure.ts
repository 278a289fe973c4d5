import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatastoreErrorCode } from '../../errors.ts';

// Primary result codes of SQLite; an extended code has them in its low byte.
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** An error of SQLite in the datastore's words: what happened to which file and what to do about it. */
export function failureOf(error: unknown, path: string): { code: DatastoreErrorCode; message: string } {
  const text = error instanceof Error ? error.message : String(error);
  switch (primaryCodeOf(error)) {
    case FULL:
      return full(path);
    case IOERR:
      return isFileSystemFull(path) ? full(path) : { code: 'unavailable', message: `Cannot use datastore "${path}": ${text}; check the disk` };
    case CORRUPT:
    case NOTADB:
      return { code: 'corrupt', message: `Cannot use datastore "${path}": ${text}; restore it from a backup` };
    case BUSY:
    case LOCKED:
      return { code: 'unavailable', message: `Cannot open datastore "${path}": another process has it open; stop that one first` };
    case READONLY:
    case CANTOPEN:
      return { code: 'unavailable', message: `Cannot open datastore "${path}": the file or its directory is not writable` };
    default:
      return { code: 'unavailable', message: `Cannot use datastore "${path}": ${text}` };
  }
}

/** Whether the error says that there is no room (some file systems report it as an input/output error). */
export function isFull(error: unknown, path: string): boolean {
  const code = primaryCodeOf(error);
  return code === FULL || (code === IOERR && isFileSystemFull(path));
}

function full(path: string): { code: DatastoreErrorCode; message: string } {
  return { code: 'full', message: `Cannot write datastore "${path}": no space left on its disk; free some space and try again` };
}

function primaryCodeOf(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & 0xff : undefined;
}

function isFileSystemFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < 64 * 1024;
  } catch {
    return false;
  }
}
