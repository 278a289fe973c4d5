import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Replaces a file in one step: readers see the old or the new content, a crash leaves one of them. Makes missing folders (0700). */
export function writeFileAtomic(file: string, content: string | Buffer, mode = 0o600): void {
  try {
    replaceFile(file, content, mode);
  } catch (cause) {
    throw new Error(`Cannot write ${file}: ${whyOf(cause as NodeJS.ErrnoException)}`, { cause });
  }
}

/** What people can act on, in words. */
function whyOf(error: NodeJS.ErrnoException): string {
  const words: Record<string, string> = {
    EACCES: 'permission denied; run as a user who may write there, or choose another place',
    EROFS: 'the file system is read-only; choose another place',
    ENOSPC: 'there is no space left on its disk; free some',
    ENOTDIR: 'a part of its path is a file, not a directory',
    EISDIR: 'it is a directory',
  };
  return words[error.code ?? ''] ?? error.message;
}

function replaceFile(file: string, content: string | Buffer, mode: number): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.tmp-${process.pid}`;
  const fd = openSync(temporary, 'w', mode);
  try {
    writeSync(fd, typeof content === 'string' ? Buffer.from(content) : content);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  chmodSync(temporary, mode);
  renameSync(temporary, file);
}

/** The text of a file; undefined when there is none. Other failures are thrown. */
export function readIfExists(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
