/** Rules that give traffic leaving the pod network the node's address: pure text for `nft -f`. */

export const POD_NETWORK_TABLE = 'k3ts-pod-network';
/** The mark by which the service proxy asks for masquerading; its own rules do that. */
const PROXY_MARK = '0x4000';

/**
 * One transaction that replaces the table, so that there is no moment without it. Flannel's rules: between pods nothing changes;
 * pods to the outside (but not multicast) and nodes to pods of other nodes are masqueraded. Only IPv4: IPv6 pods keep their addresses.
 */
export function masqueradeRules(clusterCidrs: readonly string[], podCidrs: readonly string[]): string {
  const table = `table ip ${POD_NETWORK_TABLE}`;
  const cluster = clusterCidrs.find((cidr) => !cidr.includes(':'));
  if (!cluster) return `add ${table}\ndelete ${table}\n`;
  const own = podCidrs.find((cidr) => !cidr.includes(':'));
  const rules = [
    `meta mark and ${PROXY_MARK} != 0 return`,
    `ip saddr ${cluster} ip daddr ${cluster} return`,
    `ip saddr ${cluster} ip daddr != 224.0.0.0/4 masquerade fully-random`,
    // Replies must come back through this node, also when the peer is a pod elsewhere.
    ...(own ? [`ip saddr != ${cluster} ip daddr ${own} return`, `ip saddr != ${cluster} ip daddr ${cluster} masquerade fully-random`] : []),
  ];
  return [
    `add ${table}`,
    `delete ${table}`,
    `add ${table}`,
    `add chain ip ${POD_NETWORK_TABLE} postrouting { type nat hook postrouting priority srcnat; policy accept; }`,
    ...rules.map((rule) => `add rule ip ${POD_NETWORK_TABLE} postrouting ${rule}`),
    '',
  ].join('\n');
}
