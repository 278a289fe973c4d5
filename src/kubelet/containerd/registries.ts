import { readFileSync } from 'node:fs';

/** registries.yaml, as k3s documents it. */
export interface Registries {
  readonly mirrors?: Readonly<Record<string, Mirror>> | undefined;
  readonly configs?: Readonly<Record<string, RegistryConfig>> | undefined;
}
export interface Mirror {
  readonly endpoint?: readonly string[] | undefined;
  readonly rewrite?: Readonly<Record<string, string>> | undefined;
}
export interface RegistryConfig {
  readonly auth?:
    | {
        readonly username?: string | undefined;
        readonly password?: string | undefined;
        readonly auth?: string | undefined;
        readonly identity_token?: string | undefined;
        readonly token?: string | undefined;
      }
    | undefined;
  readonly tls?:
    | {
        readonly ca_file?: string | undefined;
        readonly cert_file?: string | undefined;
        readonly key_file?: string | undefined;
        readonly insecure_skip_verify?: boolean | undefined;
      }
    | undefined;
}

/** What the file says; empty when it does not exist. Throws an Error that names the file when it is not a mapping of mirrors and configs. */
export async function readRegistries(path: string): Promise<Registries> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`Cannot read registries file "${path}"`, { cause: error });
  }
  const { parseYaml } = await import('#lib/yaml');
  let value: unknown;
  try {
    value = text.trim() === '' ? {} : parseYaml(text);
  } catch (error) {
    throw new Error(`Cannot read registries file "${path}": it is not valid YAML`, { cause: error });
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new Error(`Cannot read registries file "${path}": it must be a mapping with the keys "mirrors" and "configs"`);
  }
  return value as Registries;
}

/**
 * The hosts.toml for every registry that has a mirror or a configuration of its own: registry → text.
 * Order within one: the mirror's endpoints, then the registry itself unless `isDefaultDisabled`.
 */
export function renderHosts(registries: Registries, isDefaultDisabled: boolean): Map<string, string> {
  const names = new Set([...Object.keys(registries.mirrors ?? {}), ...Object.keys(registries.configs ?? {})]);
  return new Map([...names].map((name) => [name === '*' ? '_default' : name, renderHost(name, registries, isDefaultDisabled)]));
}

function renderHost(name: string, registries: Registries, isDefaultDisabled: boolean): string {
  const mirror = registries.mirrors?.[name];
  const own = name === '*' ? undefined : `https://${defaultHost(name)}/v2`;
  const endpoints = (mirror?.endpoint ?? []).map(normalizeEndpoint).filter((endpoint) => endpoint !== own);
  const lines: string[] = [];
  if (own && !isDefaultDisabled) lines.push(`server = ${JSON.stringify(own)}`);
  // A file without hosts and server would fall back to the registry itself.
  if (isDefaultDisabled && endpoints.length === 0) lines.push('server = "https://127.0.0.1:1"');
  else if (isDefaultDisabled && own) lines.push(`server = ${JSON.stringify(endpoints.at(-1))}`);
  const ownTls = own ? tlsLines(registries.configs?.[name]) : [];
  if (own && !isDefaultDisabled) lines.push(...ownTls);
  const rewrites = Object.entries(mirror?.rewrite ?? {});
  const prefix = rewrites.length === 1 ? prefixOf(rewrites[0]) : undefined;
  for (const endpoint of endpoints) {
    const url = prefix === undefined ? endpoint : `${endpoint}/${prefix}`;
    lines.push('', `[host.${JSON.stringify(url)}]`, '  capabilities = ["pull", "resolve"]');
    if (!isPlainV2(url)) lines.push('  override_path = true');
    lines.push(...tlsLines(registries.configs?.[new URL(endpoint).host]).map((line) => `  ${line}`));
    if (rewrites.length === 0 || prefix !== undefined) continue;
    lines.push(`  [host.${JSON.stringify(url)}.rewrite]`);
    for (const [pattern, replacement] of rewrites) lines.push(`    ${JSON.stringify(pattern)} = ${JSON.stringify(replacement)}`);
  }
  return `${lines.join('\n')}\n`;
}

/**
 * The path that a rewrite only puts before every repository (`"^(.*)$": "team/$1"`), which any containerd does when it is a part of the endpoint.
 * Others are written down too, but only a containerd with k3s' patch follows them.
 */
function prefixOf(rewrite: readonly [pattern: string, replacement: string] | undefined): string | undefined {
  if (!rewrite || !/^\^?\(\.\*\)\$?$/.test(rewrite[0])) return undefined;
  return /^([\w./-]+)\/\$(?:1|\{1\})$/.exec(rewrite[1])?.[1];
}

function normalizeEndpoint(endpoint: string): string {
  const url = new URL(endpoint.includes('://') ? endpoint : `https://${endpoint}`);
  const path = url.pathname.replace(/\/+$/, '');
  return `${url.protocol}//${url.host}${path === '' ? '/v2' : path}`;
}

function isPlainV2(endpoint: string): boolean {
  return new URL(endpoint).pathname === '/v2';
}

function defaultHost(name: string): string {
  return name === 'docker.io' ? 'registry-1.docker.io' : name;
}

function tlsLines(config: RegistryConfig | undefined): string[] {
  const tls = config?.tls;
  if (!tls) return [];
  const lines: string[] = [];
  if (tls.ca_file) lines.push(`ca = [${JSON.stringify(tls.ca_file)}]`);
  if (tls.cert_file) lines.push(`client = [[${JSON.stringify(tls.cert_file)}, ${JSON.stringify(tls.key_file ?? '')}]]`);
  if (tls.insecure_skip_verify) lines.push('skip_verify = true');
  return lines;
}
