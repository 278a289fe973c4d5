import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

// Daemons' PATH often lacks the sbin folders, where some of what is needed lives.
const EXTRA_DIRS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** PATH with the usual system folders added. */
export function systemPath(path = process.env['PATH'] ?? ''): string {
  const dirs = path.split(delimiter).filter(Boolean);
  return [...dirs, ...EXTRA_DIRS.filter((dir) => !dirs.includes(dir))].join(delimiter);
}

/** Where the program is; undefined when it is nowhere on PATH. */
export function findProgram(name: string, path = systemPath()): string | undefined {
  return path
    .split(delimiter)
    .map((dir) => join(dir, name))
    .find(isExecutable);
}

/** Where the program is; throws an Error that names the program, its Debian package and the cure. */
export function requireProgram(name: string, debianPackage: string): string {
  const found = findProgram(name);
  if (found) return found;
  throw new Error(`Cannot find program "${name}": it is not on PATH. Install it (Debian: apt-get install ${debianPackage}) or use --disable-agent`);
}

/** The first of `dirs` that holds the CNI plugin `bridge`; throws an Error with the cure when none does. */
export function requireCniDir(dirs: readonly string[]): string {
  const found = dirs.find((dir) => isExecutable(join(dir, 'bridge')));
  if (found) return found;
  throw new Error(
    `Cannot find the CNI plugins: there is no "bridge" in ${dirs.join(', ')}. Install them (Debian: apt-get install containernetworking-plugins) or use --disable-agent`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
