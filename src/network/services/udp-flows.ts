/** Which UDP flows that the kernel remembers still lead to endpoints that went: pure, but for the one look at the kernel. */
import { BlockList } from 'node:net';
import { runProgram } from '#lib';
import type { Family, OwnedRules } from './plan.ts';

/** UDP flows that go on to an endpoint that went. */
export interface StaleFlow {
  /** `address:port` that clients send to, or `:port` for a port of the node. */
  readonly to: string;
  readonly endpoint: string;
}

/** A flow whose destination was translated. */
export interface TranslatedFlow {
  readonly address: string;
  readonly port: string;
  readonly endpoint: string;
}

/** What an owner's flows may no longer lead to when its rules change. */
export function staleFlows(before: OwnedRules | undefined, after: OwnedRules | undefined): StaleFlow[] {
  const stale: StaleFlow[] = [];
  for (const [to, endpoints] of before?.udpFlows ?? []) {
    const now = after?.udpFlows.get(to);
    for (const endpoint of endpoints) if (!now?.has(endpoint)) stale.push({ to, endpoint });
  }
  return stale;
}

/** The translated UDP flows of one family; empty where `conntrack` is missing or fails. */
export async function readTranslatedFlows(family: Family): Promise<TranslatedFlow[]> {
  const args = ['-L', ...(family === 'ip6' ? ['-f', 'ipv6'] : []), '-p', 'udp', '-g'];
  const result = await runProgram('conntrack', args).catch(() => undefined);
  return result?.code === 0 ? parseFlows(result.stdout) : [];
}

/** Reads lines of `conntrack -L`: the first addresses are what the client sends to, the second who answers. */
export function parseFlows(text: string): TranslatedFlow[] {
  return text.split('\n').flatMap((line) => {
    const [, address, port, endpoint] = /^udp\s.*? dst=(\S+) sport=\S+ dport=(\d+) .*?src=(\S+) /.exec(line) ?? [];
    return address && port && endpoint ? [{ address, port, endpoint }] : [];
  });
}

export interface FlowOwners {
  /** Rules of everything that exists. */
  readonly owned: readonly OwnedRules[];
  readonly serviceCidrs: readonly string[];
  readonly clusterCidrs: readonly string[];
}

/** Of what an earlier start left: the flows to endpoints that are gone, or through services that are. */
export function abandonedFlows(flows: readonly TranslatedFlow[], { owned, serviceCidrs, clusterCidrs }: FlowOwners): StaleFlow[] {
  const services = blockListOf(serviceCidrs);
  const pods = blockListOf(clusterCidrs);
  const allowed = new Map(owned.flatMap(({ udpFlows }) => [...udpFlows]));
  const stale = new Map<string, StaleFlow>();
  for (const { address, port, endpoint } of flows) {
    const endpoints = allowed.get(`${address}:${port}`) ?? allowed.get(`:${port}`);
    const isOurs = endpoints !== undefined || has(services, address) || has(pods, endpoint);
    if (isOurs && !endpoints?.has(endpoint)) stale.set(`${address}:${port} ${endpoint}`, { to: `${address}:${port}`, endpoint });
  }
  return [...stale.values()];
}

function blockListOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', length] = cidr.split('/');
    list.addSubnet(address, Number(length), address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}
function has(list: BlockList, address: string): boolean {
  return list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}
