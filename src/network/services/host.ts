/** What the service proxy does to the host beside its rules. */
import { writeFile } from 'node:fs/promises';
import { type Log, runChecked, runProgram } from '#lib';
import { makeQuietLink } from '../quiet-link.ts';
import { PROXY_TABLE } from './base-rules.ts';
import type { Family } from './plan.ts';
import type { Leftovers } from './ruleset.ts';
import type { StaleFlow } from './udp-flows.ts';

/** Takes the packets for service addresses that no rule translates; they never leave it. */
const SERVICE_LINK = 'k3ts-services';

/** Runs one transaction. Throws an Error with what nft said. */
export async function applyRules(script: string): Promise<void> {
  await runChecked('nft', ['-f', '-'], { stdin: script });
}

/** What the table has now beyond elements; undefined when there is no such table. */
export async function readLeftovers(family: Family): Promise<Leftovers | undefined> {
  const result = await runProgram('nft', ['-j', '-t', 'list', 'table', family, PROXY_TABLE]);
  if (result.code !== 0) return undefined;
  const { nftables } = JSON.parse(result.stdout) as { nftables: { chain?: { name: string }; set?: { name: string } }[] };
  return {
    chains: nftables.flatMap(({ chain }) => (chain ? [chain.name] : [])),
    sets: nftables.flatMap(({ set }) => (set ? [set.name] : [])),
  };
}

/**
 * Gives service addresses a route, so that a host without a default route reaches services too, and so that what is not
 * translated goes nowhere.
 */
export async function routeServices(serviceCidrs: readonly string[], nodeIps: readonly string[]): Promise<void> {
  const routes = serviceCidrs.map((cidr) => {
    const isIpv6 = cidr.includes(':');
    const source = nodeIps.find((ip) => ip.includes(':') === isIpv6);
    return `${isIpv6 ? '-6 ' : ''}route replace ${cidr} dev ${SERVICE_LINK}${source ? ` src ${source}` : ''}`;
  });
  await makeQuietLink(SERVICE_LINK, routes);
}

/** Node ports on localhost need loopback addresses to be routable; the rules keep neighbours from using that. */
export async function allowLocalNodePorts(log: Log): Promise<void> {
  try {
    await writeFile('/proc/sys/net/ipv4/conf/all/route_localnet', '1');
  } catch (error) {
    log.warning('Node ports will not answer on 127.0.0.1: net.ipv4.conf.all.route_localnet cannot be set', { err: error });
  }
}

/** Makes the kernel forget translations of UDP flows: the next packet chooses an endpoint that is there. */
export async function forgetFlows(flows: readonly StaleFlow[], log: Log): Promise<void> {
  for (const { to, endpoint } of flows) {
    const at = to.lastIndexOf(':');
    const [address, port] = [to.slice(0, at), to.slice(at + 1)];
    const family = endpoint.includes(':') ? ['-f', 'ipv6'] : [];
    const args = ['-D', ...family, '-p', 'udp', ...(address ? ['--orig-dst', address] : []), '--orig-port-dst', port, '--reply-src', endpoint];
    const result = await runProgram('conntrack', args).catch((error: unknown) => ({ code: -1, stderr: String(error) }));
    // "0 flow entries have been deleted" is no failure, though its exit code says so.
    if (result.code !== 0 && !result.stderr.includes('0 flow entries')) {
      log.warning('Cannot forget UDP flows to an endpoint that went', { to, endpoint, err: result.stderr.trim() });
    }
  }
}
