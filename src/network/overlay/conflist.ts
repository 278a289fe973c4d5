/** The files that tell the container runtime and other programs what the pod network of this node is: pure text. */

export interface NodeNetwork {
  /** All pods of the cluster, one network per address family. */
  readonly clusterCidrs: readonly string[];
  /** The pods of this node (spec.podCIDRs), one per family. */
  readonly podCidrs: readonly string[];
  readonly mtu: number;
}
export interface ConflistOptions extends NodeNetwork {
  /** Where host-local remembers addresses: `/var/lib/cni/networks`. */
  readonly addressStateDir: string;
  /** Whether the bandwidth plugin is installed: pods' bandwidth annotations work with it only. */
  readonly hasBandwidth: boolean;
}

/**
 * `10-flannel.conflist`, with k3s' network name (cbr0) and bridge (cni0). Host ports are not here: the service proxy's rules do them,
 * since the portmap plugin would need iptables on every host.
 */
export function conflistOf(options: ConflistOptions): string {
  const bridge = {
    type: 'bridge',
    bridge: 'cni0',
    mtu: options.mtu,
    hairpinMode: true,
    forceAddress: true,
    isDefaultGateway: true,
    ipam: {
      type: 'host-local',
      dataDir: options.addressStateDir,
      ranges: options.podCidrs.map((subnet) => [{ subnet }]),
      routes: options.clusterCidrs.map((dst) => ({ dst })),
    },
  };
  const plugins: object[] = [bridge];
  if (options.hasBandwidth) plugins.push({ type: 'bandwidth', capabilities: { bandwidth: true } });
  return `${JSON.stringify({ name: 'cbr0', cniVersion: '1.0.0', plugins }, null, 2)}\n`;
}

/** `/run/flannel/subnet.env` as flannel writes it: the subnet is the bridge's own address. */
export function subnetEnvOf(network: NodeNetwork): string {
  const lines: string[] = [];
  for (const [isIpv6, prefix] of [
    [false, 'FLANNEL_'],
    [true, 'FLANNEL_IPV6_'],
  ] as const) {
    const clusterCidr = network.clusterCidrs.find((cidr) => cidr.includes(':') === isIpv6);
    const podCidr = network.podCidrs.find((cidr) => cidr.includes(':') === isIpv6);
    if (clusterCidr && podCidr) lines.push(`${prefix}NETWORK=${clusterCidr}`, `${prefix}SUBNET=${gatewayOf(podCidr)}`);
  }
  return `${[...lines, `FLANNEL_MTU=${network.mtu}`, 'FLANNEL_IPMASQ=true'].join('\n')}\n`;
}

/** The first address of a network with its prefix length: `10.42.0.0/24` → `10.42.0.1/24`. */
export function gatewayOf(cidr: string): string {
  const [address = '', length] = cidr.split('/');
  if (address.includes(':')) return `${address.endsWith('::') ? address : `${address.replace(/:0$/, '')}:`}1/${length}`;
  return `${address.replace(/\.(\d+)$/, (_, last: string) => `.${Number(last) + 1}`)}/${length}`;
}
