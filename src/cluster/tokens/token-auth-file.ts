import type { UserInfo } from '#api/types/authentication-v1';
import { readIfExists } from '#lib';

/** kube-apiserver's --token-auth-file: lines of `token,user,uid,"group1,group2"`; the last two may be missing. Throws when it cannot be read. */
export function readTokenFile(file: string | undefined): { token: string; user: UserInfo }[] {
  if (file === undefined) return [];
  const text = readIfExists(file);
  if (text === undefined) throw new Error(`Cannot read ${file}: it does not exist (--kube-apiserver-arg=token-auth-file)`);
  return text
    .split('\n')
    .map((line, i) => ({ line: line.trim(), number: i + 1 }))
    .filter(({ line }) => line && !line.startsWith('#'))
    .map(({ line, number }) => parseLine(line, `${file}:${number}`));
}

function parseLine(line: string, where: string): { token: string; user: UserInfo } {
  const [, token, username, uid, quoted, bare] = /^([^,"]+),([^,"]+)(?:,([^,"]*))?(?:,(?:"([^"]*)"|([^,"]*)))?\s*$/.exec(line) ?? [];
  if (!token || !username) throw new Error(`Cannot read ${where}: token,user,uid,"group1,group2" is wanted`);
  const groups = (quoted ?? bare ?? '').split(',').filter(Boolean);
  return { token, user: { username, ...(uid ? { uid } : {}), ...(groups.length > 0 ? { groups } : {}) } };
}
