/** Who and where this node is: name, addresses, taints and labels from flags and host. */
import { hostname, networkInterfaces } from 'node:os';
import { execFileSync } from 'node:child_process';
import type { Taint } from '#api/types/core-v1';
import { isIp, type Random, readIfExists, writeFileAtomic } from '#lib';
import type { AgentConfig } from './config.ts';

export interface NodeIdentity {
  readonly name: string;
  readonly ips: readonly string[];
  readonly externalIps: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

const NODE_ID_FILE = '/etc/rancher/node/id';

/** Throws an Error that names the flag when something given is wrong, or the host has no usable address. */
export function identifyNode(config: AgentConfig, random: Random): NodeIdentity {
  const base = (config.nodeName ?? hostname()).toLowerCase();
  const name = config.withNodeId ? `${base}-${nodeId(random)}` : base;
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) || name.length > 253) {
    throw new Error(`Cannot use "${name}" as node name: lower case letters, digits, "-" and "." are allowed; give another with --node-name`);
  }
  for (const ip of [...config.nodeIps, ...config.nodeExternalIps])
    if (!isIp(ip)) throw new Error(`Cannot use "${ip}" as node address: it is not an IP address (--node-ip, --node-external-ip)`);
  return {
    name,
    ips: config.nodeIps.length > 0 ? config.nodeIps : [hostAddress()],
    externalIps: config.nodeExternalIps,
    labels: Object.fromEntries(config.nodeLabels.map(parseLabel)),
    taints: config.nodeTaints.map(parseTaint),
  };
}

function nodeId(random: Random): string {
  const existing = readIfExists(NODE_ID_FILE)?.trim();
  if (existing) return existing;
  const id = random.hex(4);
  writeFileAtomic(NODE_ID_FILE, `${id}\n`, 0o644);
  return id;
}

/** The address from which this host would reach others: the default route's source, else the first that is not loopback. */
export function hostAddress(): string {
  return defaultRouteAddress() ?? firstAddress() ?? '127.0.0.1';
}

function defaultRouteAddress(): string | undefined {
  try {
    const routes = JSON.parse(execFileSync('ip', ['-j', '-4', 'route', 'show', 'default'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) as {
      dev?: string;
      prefsrc?: string;
    }[];
    const [route] = routes;
    return route?.prefsrc ?? networkInterfaces()[route?.dev ?? '']?.find((address) => address.family === 'IPv4')?.address;
  } catch {
    return undefined; // Without the program `ip` (--disable-agent needs none) the interfaces tell.
  }
}

function firstAddress(): string | undefined {
  for (const addresses of Object.values(networkInterfaces())) {
    const found = addresses?.find((address) => address.family === 'IPv4' && !address.internal);
    if (found) return found.address;
  }
  return undefined;
}

function parseLabel(label: string): [string, string] {
  const [key = '', value = ''] = label.split('=');
  if (!key || label.split('=').length !== 2) throw new Error(`Cannot use node label "${label}": key=value is wanted (--node-label)`);
  return [key, value];
}

/** `key=value:Effect` or `key:Effect`. */
export function parseTaint(text: string): Taint {
  const match = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(text);
  if (!match)
    throw new Error(`Cannot use node taint "${text}": key=value:Effect is wanted, with the effect NoSchedule, PreferNoSchedule or NoExecute (--node-taint)`);
  const [, key = '', value, effect] = match;
  return { key, ...(value ? { value } : {}), effect: effect as Taint['effect'] };
}
