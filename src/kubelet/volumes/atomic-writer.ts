import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface ProjectedFile {
  readonly content: Buffer;
  readonly mode: number;
  /** Owner, where only one user may read it (tokens of a pod with runAsUser). */
  readonly uid?: number | undefined;
}

const DATA = '..data';

/**
 * Makes the folder show exactly these files (by relative path), all at once: they are written into a new hidden folder to which the link
 * `..data` is then moved; visible names are links through it. Nothing happens when nothing changed. Returns whether something did.
 */
export function writeAtomically(dir: string, files: ReadonlyMap<string, ProjectedFile>, nowMs: number, fsGroup?: number): boolean {
  const current = readLink(join(dir, DATA));
  if (current !== undefined && isSame(join(dir, current), files)) return false;
  const stamp = new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-T:]/g, '_');
  const name = `..${stamp}.${String(process.hrtime.bigint() % 1_000_000_000n).padStart(9, '0')}`;
  const target = join(dir, name);
  mkdirSync(target, { mode: 0o755 });
  chmodSync(target, 0o755);
  for (const [path, file] of files) writeOne(join(target, path), file, fsGroup);
  const next = join(dir, `${DATA}_tmp`);
  rmSync(next, { force: true });
  symlinkSync(name, next);
  renameSync(next, join(dir, DATA));
  linkVisible(dir, files);
  if (current !== undefined) rmSync(join(dir, current), { recursive: true, force: true });
  return true;
}

function writeOne(path: string, file: ProjectedFile, fsGroup: number | undefined): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, file.content, { mode: file.mode });
  // With a group for the volume its members may read.
  chmodSync(path, fsGroup === undefined ? file.mode : file.mode | 0o440);
  if (file.uid !== undefined || fsGroup !== undefined) chownSync(path, file.uid ?? 0, fsGroup ?? 0);
}

/** Visible names are the first parts of the paths: `a/b` and `a/c` share the link `a`. */
function linkVisible(dir: string, files: ReadonlyMap<string, ProjectedFile>): void {
  const wanted = new Set([...files.keys()].map((path) => path.split('/')[0] ?? ''));
  for (const name of readdirSync(dir)) {
    if (!name.startsWith('..') && !wanted.has(name)) rmSync(join(dir, name), { force: true, recursive: true });
  }
  for (const name of wanted) if (readLink(join(dir, name)) === undefined) symlinkSync(join(DATA, name), join(dir, name));
}

function isSame(dir: string, files: ReadonlyMap<string, ProjectedFile>): boolean {
  try {
    const existing = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    if (existing.length !== files.size) return false;
    return [...files].every(([path, file]) => {
      const full = join(dir, path);
      return readFileSync(full).equals(file.content) && (statSync(full).mode & 0o777 & file.mode) === (file.mode & 0o777);
    });
  } catch {
    return false;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
