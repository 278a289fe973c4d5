/**
 * k3s' join tokens: `K10<SHA-256 of the CA file, hex>::<user>:<password>` (secure form) or the bare password (short form, no CA check).
 * Bootstrap tokens (`<id>.<secret>`) stand in the place of `<user>:<password>`.
 */
import { createHash } from 'node:crypto';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { type Random, readIfExists, writeFileAtomic } from '#lib';
import type { Paths } from '../config.ts';

export interface ParsedToken {
  /** '' in the short form. */
  readonly caHash: string;
  readonly user: string;
  readonly password: string;
}

/** Reads any form of a token; throws an Error that says what is wrong with it. */
export function parseToken(token: string): ParsedToken {
  const text = token.trim();
  if (!text) throw new Error('token must not be empty');
  const secure = text.startsWith('K10');
  const separator = text.indexOf('::');
  if (!secure || separator < 0) return { caHash: '', ...credentialsOf(text) };
  const caHash = text.slice(3, separator);
  if (caHash.length !== 64 && caHash.length !== 0) throw new Error('invalid token CA hash length');
  return { caHash, ...credentialsOf(text.slice(separator + 2)) };
}

function credentialsOf(text: string): { user: string; password: string } {
  const colon = text.indexOf(':');
  return colon < 0 ? { user: '', password: text } : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The secure form for a CA file's exact bytes. */
export function formatToken(caPem: string, user: string, password: string): string {
  return `K10${createHash('sha256').update(caPem).digest('hex')}::${user}:${password}`;
}

export interface ServerTokens {
  /** What agents and servers join with, and what supervisors' basic authentication knows: user → password. */
  readonly serverPassword: string;
  readonly nodePassword: string;
  /** Bearer token of system:admin (group system:masters), kept in `cred/admin-token`. */
  readonly adminToken: string;
}

/**
 * The server's tokens: kept from the last start, or `--token`, or made. Writes `server/token`, `node-token`, `agent-token`, `cred/passwd`.
 * Throws when `--token` differs from the one that this data dir was started with.
 */
export function ensureTokens(paths: Paths, options: { token?: string | undefined; caPem: string; random: Random }): ServerTokens {
  const stored = readPasswords(paths);
  const given = options.token === undefined ? undefined : parseToken(options.token).password;
  const known = stored.get('server');
  if (given && known && given !== known) {
    throw new Error(`Cannot use the given token: ${paths.serverToken} was made with another one; start with that token, or change it with "k3s token rotate"`);
  }
  const serverPassword = known ?? given ?? options.random.hex(16);
  const nodePassword = stored.get('node') ?? serverPassword;
  const adminFile = paths.credential('admin-token');
  const adminToken = readIfExists(adminFile)?.trim() || options.random.hex(32);
  writeIfChanged(adminFile, `${adminToken}\n`);
  writeIfChanged(paths.credential('passwd'), `${nodePassword},node,node,k3s:agent\n${serverPassword},server,server,k3s:server\n`);
  writeIfChanged(paths.serverToken, `${formatToken(options.caPem, 'server', serverPassword)}\n`);
  for (const name of ['node-token', 'agent-token']) linkToToken(`${paths.server}/${name}`);
  return { serverPassword, nodePassword, adminToken };
}

/** Relative, so that a copied data dir stays whole; an agent token of its own (a file) is left alone. */
function linkToToken(file: string): void {
  if (existsSync(file)) return;
  rmSync(file, { force: true });
  symlinkSync('token', file);
}

/** user → password of `cred/passwd` (password,user,uid,group lines). */
function readPasswords(paths: Paths): Map<string, string> {
  const users = new Map<string, string>();
  for (const line of (readIfExists(paths.credential('passwd')) ?? '').split('\n')) {
    const [password, user] = line.split(',');
    if (password && user) users.set(user, password);
  }
  return users;
}

function writeIfChanged(file: string, content: string): void {
  if (readIfExists(file) !== content) writeFileAtomic(file, content, 0o600);
}
