import type { Secret } from '#api/types/core-v1';
import type { AuthConfig } from '../cri/messages.ts';
import { parseImageName } from './image-names.ts';

interface DockerEntry {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly auth?: string | undefined;
  readonly identitytoken?: string | undefined;
  readonly registrytoken?: string | undefined;
}

/** The credentials in pull secrets that fit an image, the most specific first. Unreadable secrets are left out. */
export function credentialsFor(image: string, secrets: readonly Secret[]): AuthConfig[] {
  const name = parseImageName(image);
  if (!name) return [];
  const target = `${name.registry}/${name.repository}`;
  return secrets
    .flatMap((secret) => Object.entries(entriesOf(secret)))
    .filter(([key]) => matches(key, target))
    .sort(([a], [b]) => normalize(b).length - normalize(a).length)
    .map(([, entry]) => authOf(entry));
}

function entriesOf(secret: Secret): Record<string, DockerEntry> {
  try {
    const modern = secret.data?.['.dockerconfigjson'];
    if (modern) return (JSON.parse(Buffer.from(modern, 'base64').toString()) as { auths?: Record<string, DockerEntry> }).auths ?? {};
    const old = secret.data?.['.dockercfg'];
    if (old) return JSON.parse(Buffer.from(old, 'base64').toString()) as Record<string, DockerEntry>;
  } catch {
    // What cannot be read gives no credentials; the pull then says what is missing.
  }
  return {};
}

function normalize(key: string): string {
  const bare = key
    .replace(/^https?:\/\//, '')
    .replace(/\/(v1|v2)\/?$/, '')
    .replace(/\/+$/, '');
  return bare === 'index.docker.io' || bare === 'registry-1.docker.io' ? 'docker.io' : bare;
}

/** The host may have `*` for one part of its name; a path must be a prefix of the image's. */
function matches(key: string, target: string): boolean {
  const [host = '', ...path] = normalize(key).split('/');
  const [targetHost = '', ...targetPath] = target.split('/');
  const pattern = new RegExp(`^${host.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^.]*')}$`);
  return pattern.test(targetHost) && path.every((part, index) => targetPath[index] === part);
}

/** Without a server address, as upstream: with one the runtime would not use it for mirrors, nor for hosts without a scheme. */
function authOf(entry: DockerEntry): AuthConfig {
  const [user = '', ...password] = entry.auth ? Buffer.from(entry.auth, 'base64').toString().split(':') : [];
  return {
    username: entry.username ?? user,
    password: entry.password ?? password.join(':'),
    ...(entry.identitytoken ? { identityToken: entry.identitytoken } : {}),
    ...(entry.registrytoken ? { registryToken: entry.registrytoken } : {}),
  };
}
