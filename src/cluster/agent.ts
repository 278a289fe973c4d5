/** The node agent of this host: containerd, pod network, service proxy, cluster DNS and kubelet, assembled from their floors. */
import type { Client } from '#client';
import { createContainerd, createKubelet } from '#kubelet';
import { systemClock, VERSION } from '#lib';
import { createDns, createPodNetwork, createServiceProxy } from '#network';
import { type ClusterCertificates, ensureNodeCertificates } from './certificates/files.ts';
import type { Component } from './component.ts';
import { componentArg, numberArg, type Paths, type ServerConfig } from './config.ts';
import type { NodeIdentity } from './node.ts';

/** Who watches this Lease runs in the same process: it is renewed less often than agents elsewhere must (docs/adr/0012). */
const OWN_LEASE_RENEW_MS = 25_000;

export interface Agent {
  /** Starts containerd; needs no API server, so it runs beside its start. */
  startRuntime(): Promise<void>;
  stopRuntime(): Promise<void>;
  /** The parts that need the API, in the order in which they start. */
  components(clients: AgentClients): Component[];
}

/** One identity, and so the rights, for each part. */
export interface AgentClients {
  readonly kubelet: Client;
  readonly proxy: Client;
  readonly dns: Client;
}

export interface AgentOptions {
  readonly config: ServerConfig;
  readonly paths: Paths;
  readonly node: NodeIdentity;
  readonly certificates: ClusterCertificates;
  readonly clusterDns: string;
}

/** A component argument with several values between commas. */
function listArg(args: readonly string[], name: string): string[] {
  return (componentArg(args, name) ?? '').split(',').filter(Boolean);
}

export function createAgent(options: AgentOptions): Agent {
  const { config, paths, node, certificates, clusterDns } = options;
  if (process.getuid?.() !== 0) {
    throw new Error('Cannot run the node agent: it needs root for containers and networks; run as root, or with --disable-agent for a control plane alone');
  }
  const { kubeletArgs } = config.agent;
  const containerd = createContainerd({
    dataDir: config.dataDir,
    registriesFile: config.agent.privateRegistry,
    disableDefaultRegistryEndpoint: config.agent.disableDefaultRegistryEndpoint,
    snapshotter: config.agent.snapshotter,
    defaultRuntime: config.agent.defaultRuntime,
    sandboxImage: config.agent.pauseImage,
  });
  const own = ensureNodeCertificates(
    paths,
    certificates,
    { name: node.name, altNames: ['localhost', '127.0.0.1', node.name, ...node.ips, ...node.externalIps] },
    systemClock.now(),
  );
  const networks = { nodeName: node.name, nodeIps: node.ips, clusterCidr: config.clusterCidr, serviceCidr: config.serviceCidr };
  const servesDns = !config.disable.includes('coredns');
  return {
    startRuntime: () => containerd.start(),
    stopRuntime: () => containerd.stop(),
    components({ kubelet: nodeClient, proxy: proxyClient, dns: dnsClient }) {
      const parts: (Component | undefined)[] = [
        config.disableKubeProxy
          ? undefined
          : createServiceProxy({
              client: proxyClient,
              podClient: nodeClient,
              ...networks,
              ownAddresses: servesDns ? [clusterDns] : [],
              nodePortAddresses: listArg(config.agent.kubeProxyArgs, 'nodeport-addresses'),
            }),
        createPodNetwork({ client: nodeClient, nodeName: node.name, clusterCidr: config.clusterCidr, dataDir: config.dataDir }),
        createKubelet({
          client: nodeClient,
          nodeName: node.name,
          nodeIps: node.ips,
          nodeExternalIps: node.externalIps,
          dataDir: config.dataDir,
          rootDir: componentArg(kubeletArgs, 'root-dir'),
          clusterDns: [clusterDns],
          clusterDomain: config.clusterDomain,
          serving: {
            port: numberArg(kubeletArgs, 'port') ?? 10250,
            address: componentArg(kubeletArgs, 'address') ?? '0.0.0.0',
            certPem: own.kubeletServing.certPem,
            keyPem: own.kubeletServing.keyPem,
            clientCaPem: certificates.clientCa.certPem,
          },
          leaseRenewIntervalMs: OWN_LEASE_RENEW_MS,
          version: VERSION,
          labels: node.labels,
          taints: node.taints,
          maxPods: numberArg(kubeletArgs, 'max-pods') ?? 110,
          cgroupRoot: componentArg(kubeletArgs, 'cgroup-root'),
          resolvConf: config.agent.resolvConf,
          sandboxImage: config.agent.pauseImage,
        }),
        servesDns
          ? createDns({
              client: dnsClient,
              clusterDomain: config.clusterDomain,
              clusterDns: [clusterDns],
              ...(config.agent.resolvConf ? { resolvConf: config.agent.resolvConf } : {}),
            })
          : undefined,
      ];
      return parts.filter((part) => part !== undefined);
    },
  };
}
