import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodes } from '#api';
import type { Node } from '#api/types/core-v1';
import type { Client } from '#client';
import { type Clock, createLog, type Log, readIfExists, runChecked, systemClock, writeFileAtomic } from '#lib';
import { conflistOf, type NodeNetwork, subnetEnvOf } from './conflist.ts';
import { allowForwarding, enableForwarding } from './forwarding.ts';
import { masqueradeRules } from './masquerade.ts';

export interface PodNetworkOptions {
  readonly client: Client;
  readonly nodeName: string;
  /** One network, or an IPv4 and an IPv6 one with a comma between. */
  readonly clusterCidr: string;
  readonly dataDir: string;
  /** Default `/run/flannel`. */
  readonly runDir?: string | undefined;
  /** Default `/var/lib/cni/networks`. */
  readonly addressStateDir?: string | undefined;
  /** Where the CNI plugins are; default `/usr/lib/cni`. */
  readonly pluginDir?: string | undefined;
  /** Of the pods' interfaces. Default 1450: what is left of 1500 when packets travel between nodes by VXLAN. */
  readonly mtu?: number | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
}

/** The pod network of this node. */
export interface PodNetwork {
  readonly name: string;
  /** Resolves when the host forwards and masquerades; the runtime's network configuration follows as soon as the Node has its podCIDR. */
  start(): Promise<void>;
  /** Pods keep their network: only the wait for the Node ends. */
  stop(): Promise<void>;
  health(): string | undefined;
  /** Resolves when the network configuration is written. Rejects when stopped before. */
  readonly configured: Promise<NodeNetwork>;
}

/** How long to wait after a failed question to the API server. */
const RETRY_MS = 1000;

/**
 * Makes the single-node part of the pod network: kernel switches, masquerading, and `<data-dir>/agent/etc/cni/net.d/10-flannel.conflist`
 * once the Node's spec.podCIDR is known. Where nodes are connected (VXLAN), `#configure` is the place that learns of it.
 */
export function createPodNetwork(options: PodNetworkOptions): PodNetwork {
  return new NodePodNetwork(options);
}

class NodePodNetwork implements PodNetwork {
  readonly name = 'pod-network';
  readonly configured: Promise<NodeNetwork>;
  readonly #options: PodNetworkOptions;
  readonly #clusterCidrs: readonly string[];
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #resolveConfigured: (network: NodeNetwork) => void;
  readonly #rejectConfigured: (error: Error) => void;
  #waiting: Promise<void> | undefined;
  #network: NodeNetwork | undefined;
  #problem: string | undefined;

  constructor(options: PodNetworkOptions) {
    this.#options = options;
    this.#clusterCidrs = options.clusterCidr.split(',').map((cidr) => cidr.trim());
    this.#log = options.log ?? createLog('network');
    this.#clock = options.clock ?? systemClock;
    const { promise, resolve, reject } = Promise.withResolvers<NodeNetwork>();
    promise.catch(() => undefined); // Not every owner waits for it.
    this.configured = promise;
    this.#resolveConfigured = resolve;
    this.#rejectConfigured = reject;
  }

  async start(): Promise<void> {
    const isIpv6 = this.#clusterCidrs.some((cidr) => cidr.includes(':'));
    await Promise.all([enableForwarding(isIpv6), this.#applyMasquerade([]), allowForwarding(this.#clusterCidrs)]);
    this.#waiting = this.#configureWhenAssigned();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#rejectConfigured(new Error('The pod network was stopped before the Node had a podCIDR'));
    await this.#waiting;
  }

  health(): string | undefined {
    if (this.#problem) return this.#problem;
    return this.#network ? undefined : `waiting for spec.podCIDR of node "${this.#options.nodeName}"`;
  }

  async #configureWhenAssigned(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const node = await this.#findAssigned();
        if (node) return await this.#configure(podCidrsOf(node));
        await this.#clock.sleep(RETRY_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#problem = `Cannot set up the pod network: ${error instanceof Error ? error.message : String(error)}`;
        this.#log.warning('Cannot set up the pod network, trying again', { err: error });
        await this.#clock.sleep(RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  /** The Node once it has a podCIDR (which never changes); undefined when the watch ended first. */
  async #findAssigned(): Promise<Node | undefined> {
    const fieldSelector = `metadata.name=${this.#options.nodeName}`;
    const { signal } = this.#stop;
    const list = await this.#options.client.list(nodes, { fieldSelector });
    const present = list.items.find((node) => podCidrsOf(node).length > 0);
    if (present) return present;
    this.#problem = undefined;
    for await (const event of this.#options.client.watch(nodes, { fieldSelector, resourceVersion: list.metadata.resourceVersion ?? '', signal })) {
      if (event.type !== 'BOOKMARK' && event.type !== 'DELETED' && podCidrsOf(event.object).length > 0) return event.object;
    }
    return undefined;
  }

  async #configure(podCidrs: readonly string[]): Promise<void> {
    const { dataDir, runDir = '/run/flannel', addressStateDir = '/var/lib/cni/networks', pluginDir = '/usr/lib/cni', mtu = 1450 } = this.#options;
    const network: NodeNetwork = { clusterCidrs: this.#clusterCidrs, podCidrs, mtu };
    await this.#applyMasquerade(podCidrs);
    writeIfDifferent(join(runDir, 'subnet.env'), subnetEnvOf(network));
    // Last: the runtime takes pods as soon as it sees this file.
    const hasBandwidth = existsSync(join(pluginDir, 'bandwidth'));
    writeIfDifferent(join(dataDir, 'agent/etc/cni/net.d/10-flannel.conflist'), conflistOf({ ...network, addressStateDir, hasBandwidth }));
    this.#network = network;
    this.#problem = undefined;
    this.#log.info('Pod network is configured', { podCIDR: podCidrs.join(',') });
    this.#resolveConfigured(network);
  }

  async #applyMasquerade(podCidrs: readonly string[]): Promise<void> {
    await runChecked('nft', ['-f', '-'], { stdin: masqueradeRules(this.#clusterCidrs, podCidrs) });
  }
}

function podCidrsOf(node: Node): string[] {
  const { podCIDRs, podCIDR } = node.spec ?? {};
  return podCIDRs?.length ? podCIDRs : podCIDR ? [podCIDR] : [];
}

/** The runtime reloads its network whenever the file changes: an equal one is left alone. */
function writeIfDifferent(file: string, text: string): void {
  if (readIfExists(file) !== text) writeFileAtomic(file, text, 0o644);
}
