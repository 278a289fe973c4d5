import { readFileSync } from 'node:fs';
import type { Pod } from '#api/types/core-v1';
import type { DNSConfig } from '../cri/messages.ts';

export interface DnsSettings {
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  /** The host's file, for `Default` and as the tail of the search list. */
  readonly resolvConf: string;
}

const MAX_SEARCHES = 32;
const MAX_SERVERS = 3;

/** resolv.conf of a pod by its dnsPolicy and dnsConfig; as pkg/kubelet/network/dns makes it. */
export function dnsConfigOf(pod: Pod, settings: DnsSettings): DNSConfig {
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst';
  const isClusterFirst = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !pod.spec?.hostNetwork);
  const host = readResolvConf(settings.resolvConf);
  const namespace = pod.metadata.namespace ?? '';
  const base =
    policy === 'None'
      ? { servers: [], searches: [], options: [] }
      : isClusterFirst && settings.clusterDns.length > 0
        ? { servers: [...settings.clusterDns], searches: clusterSearches(namespace, settings.clusterDomain, host.searches), options: ['ndots:5'] }
        : host;
  const own = pod.spec?.dnsConfig;
  return {
    servers: unique([...base.servers, ...(own?.nameservers ?? [])]).slice(0, MAX_SERVERS),
    searches: unique([...base.searches, ...(own?.searches ?? [])]).slice(0, MAX_SEARCHES),
    options: mergeOptions(base.options, own?.options ?? []),
  };
}

function clusterSearches(namespace: string, domain: string, hostSearches: readonly string[]): string[] {
  if (!domain) return [...hostSearches];
  return unique([`${namespace}.svc.${domain}`, `svc.${domain}`, domain, ...hostSearches]);
}

function mergeOptions(base: readonly string[], own: readonly { name?: string | undefined; value?: string | undefined }[]): string[] {
  const options = new Map(base.map((option) => [option.split(':')[0] ?? '', option]));
  for (const { name, value } of own) if (name) options.set(name, value === undefined || value === '' ? name : `${name}:${value}`);
  return [...options.values()];
}

/** The last `search` line counts, as in the resolver. */
export function parseResolvConf(text: string): { servers: string[]; searches: string[]; options: string[] } {
  const result = { servers: [] as string[], searches: [] as string[], options: [] as string[] };
  for (const line of text.split('\n')) {
    const [word, ...rest] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (word === 'nameserver' && rest[0]) result.servers.push(rest[0]);
    else if (word === 'search') result.searches = rest.map((search) => (search === '.' ? search : search.replace(/\.$/, '')));
    else if (word === 'options') result.options = rest;
  }
  return result;
}

function readResolvConf(path: string) {
  try {
    return parseResolvConf(readFileSync(path, 'utf8'));
  } catch {
    return { servers: [], searches: [], options: [] };
  }
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
