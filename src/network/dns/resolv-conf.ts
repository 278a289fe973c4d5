/** The host's name servers: pure text in, addresses out. */

/**
 * The name servers of a resolv.conf that can be asked from here on behalf of pods: loopback, link-local and multicast addresses
 * are the host's own business, and asking them could lead back to us.
 */
export function usableNameServers(resolvConf: string, ownAddresses: readonly string[] = []): string[] {
  return resolvConf
    .split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1])
    .filter((address): address is string => address !== undefined && !isLocal(address) && !ownAddresses.includes(address));
}

function isLocal(address: string): boolean {
  if (address.includes(':')) return address === '::1' || address === '::' || /^fe[89ab]/i.test(address) || /^ff/i.test(address);
  const first = Number(address.split('.')[0]);
  return first === 127 || first === 0 || first >= 224 || address.startsWith('169.254.');
}
