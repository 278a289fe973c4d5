/** The fixed part of the service rules: hooks, maps and the order in which a packet meets them. Pure text for `nft -f`. */
import type { Family, MapName } from './plan.ts';

export const PROXY_TABLE = 'k3ts-proxy';
/** The mark of packets that get this node's address on their way out; kube-proxy's bit. */
const MARK = '0x4000';

export interface BaseOptions {
  readonly family: Family;
  readonly serviceCidrs: readonly string[];
  /** Networks whose addresses of this host take node ports; empty: every address of the host. */
  readonly nodePortAddresses: readonly string[];
}

/**
 * Makes the table, or completes what an earlier start left: maps keep their elements and service chains stay, the base chains are
 * replaced in the same transaction. From then on no packet for a service address leaves the host untranslated.
 */
export function baseRules(options: BaseOptions): string {
  const { family } = options;
  const lines = [`add table ${family} ${PROXY_TABLE}`];
  for (const [name, type] of Object.entries(mapTypes(family))) {
    const [kind, definition] = type;
    lines.push(`add ${kind} ${family} ${PROXY_TABLE} ${name} { type ${definition}; }`);
  }
  const chains = baseChains(options);
  for (const [name, { hook }] of chains) lines.push(`add chain ${family} ${PROXY_TABLE} ${name}${hook ? ` { type ${hook}; policy accept; }` : ''}`);
  for (const [name] of chains) lines.push(`flush chain ${family} ${PROXY_TABLE} ${name}`);
  for (const [name, { rules }] of chains) lines.push(...rules.map((rule) => `add rule ${family} ${PROXY_TABLE} ${name} ${rule}`));
  return `${lines.join('\n')}\n`;
}

/** Names of the base chains: what else the table holds belongs to services. */
export function baseChainNames(options: BaseOptions): Set<string> {
  return new Set(baseChains(options).keys());
}

function mapTypes(family: Family): Record<MapName, readonly ['map' | 'set', string]> {
  const address = family === 'ip6' ? 'ipv6_addr' : 'ipv4_addr';
  return {
    'service-ips': ['map', `${address} . inet_proto . inet_service : verdict`],
    'node-ports': ['map', 'inet_proto . inet_service : verdict'],
    'no-endpoint-ips': ['map', `${address} . inet_proto . inet_service : verdict`],
    'no-endpoint-ports': ['map', 'inet_proto . inet_service : verdict'],
    'firewall-ips': ['map', `${address} . inet_proto . inet_service : verdict`],
    'host-ports': ['map', `inet_proto . inet_service : ${address} . inet_service`],
    'host-ip-ports': ['map', `${address} . inet_proto . inet_service : ${address} . inet_service`],
    hairpin: ['set', `${address} . ${address}`],
  };
}

interface BaseChain {
  readonly hook?: string;
  readonly rules: readonly string[];
}

function baseChains({ family, serviceCidrs, nodePortAddresses }: BaseOptions): Map<string, BaseChain> {
  const toService = `${family} daddr . meta l4proto . th dport`;
  const toPort = 'meta l4proto . th dport';
  const toNode = nodePortAddresses.length > 0 ? `fib daddr type local ${family} daddr { ${nodePortAddresses.join(', ')} }` : 'fib daddr type local';
  const isService = serviceCidrs.length > 0 ? `${family} daddr { ${serviceCidrs.join(', ')} } fib daddr type != local` : undefined;
  const loopback = family === 'ip6' ? '::1' : '127.0.0.0/8';
  return new Map<string, BaseChain>([
    ['refuse', { rules: ['meta l4proto tcp reject with tcp reset', 'reject'] }],
    ['masquerade-later', { rules: [`meta mark set meta mark or ${MARK}`] }],
    [
      'services',
      {
        rules: [
          `${toService} vmap @service-ips`,
          `fib daddr type local meta l4proto { tcp, udp, sctp } dnat ${family} to ${toService} map @host-ip-ports`,
          `fib daddr type local meta l4proto { tcp, udp, sctp } dnat ${family} to ${toPort} map @host-ports`,
          `${toNode} ${toPort} vmap @node-ports`,
        ],
      },
    ],
    ['no-endpoints', { rules: [`${toService} vmap @no-endpoint-ips`, `${toNode} ${toPort} vmap @no-endpoint-ports`] }],
    ['firewall', { rules: [`${toService} vmap @firewall-ips`] }],
    // What still has a service address after translation is nobody's.
    ['unknown-service', { rules: isService ? [`${isService} goto refuse`] : [] }],
    ['nat-prerouting', { hook: 'nat hook prerouting priority dstnat', rules: ['goto services'] }],
    ['nat-output', { hook: 'nat hook output priority -100', rules: ['goto services'] }],
    [
      'nat-postrouting',
      {
        hook: 'nat hook postrouting priority srcnat',
        rules: [
          // A pod that reached itself, and this host's loopback that reached a pod, must get the answer through here.
          `${family} saddr . ${family} daddr @hairpin masquerade fully-random`,
          `${family} saddr ${loopback} oifname != "lo" masquerade fully-random`,
          `meta mark and ${MARK} == 0 return`,
          `meta mark set meta mark xor ${MARK}`,
          'masquerade fully-random',
        ],
      },
    ],
    ['filter-prerouting', { hook: 'filter hook prerouting priority -110', rules: ['ct state new goto firewall'] }],
    [
      'filter-input',
      {
        hook: 'filter hook input priority -110',
        rules: [
          // Loopback addresses are routable here for node ports on localhost; neighbours must not use that.
          `iifname != "lo" ${family} daddr ${loopback} ct state new ct status and dnat == 0 drop`,
          'ct state new goto no-endpoints',
        ],
      },
    ],
    ['filter-forward', { hook: 'filter hook forward priority -110', rules: ['ct state new jump no-endpoints', 'ct state new goto unknown-service'] }],
    ['filter-output', { hook: 'filter hook output priority -110', rules: ['ct state new jump no-endpoints', 'ct state new goto firewall'] }],
    ['filter-output-translated', { hook: 'filter hook output priority -90', rules: ['ct state new goto unknown-service'] }],
  ]);
}
