import { access, readFile, writeFile } from 'node:fs/promises';
import { runProgram } from '#lib';

/** Kernel switches that routing between pods needs: path below /proc/sys → value. */
const SWITCHES: readonly (readonly [string, string])[] = [
  ['net/ipv4/ip_forward', '1'],
  // Two pods on one bridge that talk through a service address: the answer must pass the rules that translate it back.
  ['net/bridge/bridge-nf-call-iptables', '1'],
];
const SWITCHES_IPV6: readonly (readonly [string, string])[] = [
  ['net/ipv6/conf/all/forwarding', '1'],
  ['net/bridge/bridge-nf-call-ip6tables', '1'],
];

/** Makes this host route between pods and the world. Throws an Error that names the switch that cannot be set. */
export async function enableForwarding(isIpv6: boolean): Promise<void> {
  if (!(await exists('/proc/sys/net/bridge'))) await runProgram('modprobe', ['br_netfilter']).catch(() => undefined);
  for (const [name, value] of isIpv6 ? [...SWITCHES, ...SWITCHES_IPV6] : SWITCHES) await setSwitch(name, value);
}

async function setSwitch(name: string, value: string): Promise<void> {
  const path = `/proc/sys/${name}`;
  try {
    if ((await readFile(path, 'utf8')).trim() !== value) await writeFile(path, value);
  } catch (error) {
    const cure = name.startsWith('net/bridge') ? 'load the kernel module br_netfilter' : 'run with the right to change it, or set it beforehand';
    throw new Error(`Cannot set ${name.replaceAll('/', '.')}=${value}: ${cure}`, { cause: error });
  }
}

/**
 * Lets pods' traffic through where something else on the host (Docker, a firewall) drops what is forwarded by default.
 * nftables cannot overrule another table's drop, so this goes into that table, with the tool it was made with.
 */
export async function allowForwarding(clusterCidrs: readonly string[], run: typeof runProgram = runProgram): Promise<void> {
  for (const cidr of clusterCidrs) {
    const iptables = cidr.includes(':') ? 'ip6tables' : 'iptables';
    const policy = await run(iptables, ['-w', '-S', 'FORWARD']).catch(() => undefined);
    if (!policy || policy.code !== 0 || !/^-P FORWARD DROP$/m.test(policy.stdout)) continue;
    for (const direction of ['-s', '-d']) {
      const rule = ['FORWARD', direction, cidr, '-m', 'comment', '--comment', 'k3ts pod network', '-j', 'ACCEPT'];
      const present = await run(iptables, ['-w', '-C', ...rule]);
      if (present.code === 0) continue;
      const { code, stderr } = await run(iptables, ['-w', '-I', ...rule]);
      if (code !== 0) throw new Error(`Cannot let pods through ${iptables}: ${stderr.trim()}`);
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
