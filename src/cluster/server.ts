/**
 * Assembles a server out of the floors below: certificates and tokens, datastore, API server, controllers, scheduler, and the node agent.
 *
 *   startServer() --> serving --stop()--> stopped
 *
 * Order: what others need comes first; the agent's containerd starts at once, beside the control plane. Stop runs the other way round.
 */
import { type ApiServer, createApiServer } from '#apiserver';
import { type Client, createLocalClient, type LocalServer } from '#client';
import { createControllers } from '#controllers';
import { type Datastore, openDatastore } from '#datastore';
import { createLog, type Log, nthAddress, parseIpv4Network, networkHas, readIfExists, systemClock, systemRandom } from '#lib';
import { createScheduler } from '#scheduler';
import { type ClusterCertificates, ensureClusterCertificates, ensureServiceAccountKey } from './certificates/files.ts';
import { DNS_USER, ensureClusterDns } from './cluster-dns.ts';
import type { Component } from './component.ts';
import { admissionOf } from './admission-args.ts';
import { componentArg, numberArg, type Paths, pathsOf, type ServerConfig, unknownArgs } from './config.ts';
import { durationArg } from './duration-arg.ts';
import { renderKubeconfig, writeKubeconfig } from './kubeconfig.ts';
import { identifyNode, type NodeIdentity } from './node.ts';
import { createServerNodeRoles } from './server-node-roles.ts';
import { createStack } from './stack.ts';
import { supervisorHandler } from './supervisor.ts';
import { readTokenFile } from './tokens/token-auth-file.ts';
import { ensureTokens, type ServerTokens } from './tokens/token.ts';

/** A running server. */
export interface Cluster {
  readonly port: number;
  /** Path of the admin kubeconfig. */
  readonly kubeconfig: string;
  /** The admin kubeconfig's text. */
  readonly kubeconfigText: string;
  /** As cluster admin, in this process. */
  readonly client: Client;
  stop(): Promise<void>;
}
export interface StartOptions {
  readonly log?: Log;
}

/** Starts a server; throws an Error that names cause and cure, after undoing what had been started. */
export async function startServer(config: ServerConfig, options: StartOptions = {}): Promise<Cluster> {
  const log = options.log ?? createLog('cluster');
  checkNetworks(config);
  warnOfUnknownArgs(config, log);
  const stack = createStack(log);
  try {
    return await assemble(config, log, stack);
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

async function assemble(config: ServerConfig, log: Log, stack: ReturnType<typeof createStack>): Promise<Cluster> {
  const startedAt = systemClock.monotonic();
  const phase = (name: string) => log.info(name, { ms: Math.round(systemClock.monotonic() - startedAt) });
  const paths = pathsOf(config.dataDir);
  const node = identifyNode(config.agent, systemRandom);
  log.info('Starting k3s', { 'data-dir': config.dataDir, node: node.name });
  // The slow parts that need nobody: the SQLite file, the RSA key, containerd.
  const datastoreOpening = openDatastore(config.datastoreEndpoint === 'memory' ? { endpoint: 'memory' } : { path: paths.stateDb });
  const keyMaking = ensureServiceAccountKey(paths);
  datastoreOpening.catch(() => undefined); // awaited below; must not count as unhandled before
  keyMaking.catch(() => undefined);
  // One that could not be opened has nothing to close: its error ends the start.
  stack.defer('datastore', async () => (await datastoreOpening.catch(() => undefined))?.close());
  const certificates = ensureClusterCertificates(paths, altNamesOf(config, node), systemClock.now());
  const tokens = ensureTokens(paths, { token: tokenOf(config), caPem: certificates.serverCa.certPem, random: systemRandom });
  // Loaded only where it runs: a control plane alone pays nothing for it.
  const agent = config.disableAgent
    ? undefined
    : (await import('./agent.ts')).createAgent({ config, paths, node, certificates, clusterDns: clusterDnsOf(config) });
  const runtime = agent?.startRuntime();
  runtime?.catch(() => undefined);
  if (agent) stack.defer('containerd', () => agent.stopRuntime());

  const datastore = await datastoreOpening;
  const apiServer = apiServerOf({ config, paths, node, certificates, tokens, datastore, signingKeyPem: await keyMaking });
  await stack.start(apiServer);
  const local: LocalServer = apiServer.local;
  const admin = clientAs(local, 'k3s', 'system:admin', 'system:masters');
  const kubeconfigText = renderKubeconfig({
    server: `https://${urlHost(config)}:${apiServer.port}`,
    caPem: certificates.serverCa.certPem,
    client: certificates.admin,
  });
  const kubeconfig = kubeconfigPath(config);
  writeKubeconfig(kubeconfig, kubeconfigText, { mode: config.writeKubeconfigMode, group: config.writeKubeconfigGroup });
  phase('The API server is ready');

  for (const component of controlPlane(config, apiServer, certificates)) await stack.start(component);
  if (!config.disable.includes('coredns')) await ensureClusterDns(admin, clusterDnsOf(config));
  if (agent) {
    await runtime;
    phase('containerd is ready');
    await stack.start(createServerNodeRoles({ client: admin, nodeName: node.name }));
    const clients = {
      kubelet: clientAs(local, 'kubelet', `system:node:${node.name}`, 'system:nodes'),
      proxy: clientAs(local, 'kube-proxy', 'system:kube-proxy'),
      dns: clientAs(local, 'coredns', DNS_USER, 'system:serviceaccounts', 'system:serviceaccounts:kube-system'),
    };
    for (const component of agent.components(clients)) await stack.start(component);
    phase('The node agent is running');
  }
  return { port: apiServer.port, kubeconfig, kubeconfigText, client: admin, stop: () => stack.stop() };
}

/** What upstream says where nothing listens on the scheduler's port. */
const NO_SCHEDULER = 'Get "https://127.0.0.1:10259/healthz": dial tcp 127.0.0.1:10259: connect: connection refused';

function apiServerOf(parts: {
  config: ServerConfig;
  paths: Paths;
  node: NodeIdentity;
  certificates: ClusterCertificates;
  tokens: ServerTokens;
  datastore: Datastore;
  signingKeyPem: string;
}): ReturnType<typeof createApiServer> {
  const { config, certificates, tokens, datastore, signingKeyPem } = parts;
  const issuer = `https://kubernetes.default.svc.${config.clusterDomain}`;
  return createApiServer({
    datastore,
    listen: { address: config.bindAddress, port: config.httpsListenPort },
    tls: {
      certPem: certificates.apiserver.certPem,
      keyPem: certificates.apiserver.keyPem,
      clientCaPem: certificates.clientCa.certPem,
      requestHeaderCaPem: certificates.requestHeaderCa.certPem,
    },
    serviceAccounts: { issuer, audiences: [issuer, 'k3s'], signingKeyPem, verifyKeysPem: [] },
    anonymousAuth: componentArg(config.kubeApiserverArgs, 'anonymous-auth') !== 'false',
    staticTokens: [
      { token: tokens.adminToken, user: { username: 'system:admin', groups: ['system:masters'] } },
      ...readTokenFile(componentArg(config.kubeApiserverArgs, 'token-auth-file')),
    ],
    serviceCidr: config.serviceCidr,
    nodePortRange: nodePortRangeOf(config),
    advertiseAddress: config.advertiseAddress ?? parts.node.externalIps[0] ?? parts.node.ips[0] ?? '127.0.0.1',
    advertisePort: config.advertisePort,
    compactionIntervalMs: durationArg(config.kubeApiserverArgs, 'etcd-compaction-interval'),
    kubeletClient: { certPem: certificates.apiserverClient.certPem, keyPem: certificates.apiserverClient.keyPem, caPem: certificates.serverCa.certPem },
    fallback: supervisorHandler({ serverCaPem: certificates.serverCa.certPem }),
    admission: admissionOf(config.kubeApiserverArgs),
    componentProblem: (name) => (name === 'scheduler' && config.disableScheduler ? NO_SCHEDULER : undefined),
  });
}

/** Controllers and scheduler, each with the identity and so the rights that upstream gives it. */
function controlPlane(config: ServerConfig, apiServer: ApiServer, certificates: ClusterCertificates): Component[] {
  const local: LocalServer = apiServer.local;
  const controllers = createControllers({
    clientFor: (name: string) =>
      clientAs(local, 'kube-controller-manager', `system:serviceaccount:kube-system:${name}`, 'system:serviceaccounts', 'system:serviceaccounts:kube-system'),
    ownClient: clientAs(local, 'kube-controller-manager', 'system:kube-controller-manager'),
    issueLegacyToken: (secret, account) => apiServer.signLegacyToken(secret, account),
    rootCaPem: certificates.serverCa.certPem,
    clusterCidr: config.clusterCidr,
    serviceCidr: config.serviceCidr,
    nodeCidrMaskSize: numberArg(config.kubeControllerManagerArgs, 'node-cidr-mask-size'),
    terminatedPodThreshold: numberArg(config.kubeControllerManagerArgs, 'terminated-pod-gc-threshold'),
  });
  const scheduler = createScheduler({ client: clientAs(local, 'kube-scheduler', 'system:kube-scheduler') });
  return config.disableScheduler ? [controllers] : [controllers, scheduler];
}

/** A client with a user's rights; `fieldManager` as upstream's program of that part calls itself. */
function clientAs(local: LocalServer, fieldManager: string, username: string, ...groups: string[]): Client {
  return createLocalClient(local, { username, groups: [...groups, 'system:authenticated'] }, fieldManager);
}

function checkNetworks(config: ServerConfig): void {
  for (const [flag, cidr] of [
    ['cluster-cidr', config.clusterCidr],
    ['service-cidr', config.serviceCidr],
  ] as const) {
    if (!parseIpv4Network(cidr)) throw new Error(`Cannot use --${flag} "${cidr}": an IPv4 network such as 10.42.0.0/16 is wanted`);
  }
  if (!networkHas(config.serviceCidr, clusterDnsOf(config)))
    throw new Error(`Cannot use --cluster-dns "${clusterDnsOf(config)}": it is not in the service network ${config.serviceCidr}`);
  if (config.datastoreEndpoint && !['memory', 'sqlite'].includes(config.datastoreEndpoint)) {
    throw new Error(`Cannot use --datastore-endpoint "${redact(config.datastoreEndpoint)}": "sqlite" and "memory" are known`);
  }
}

function warnOfUnknownArgs(config: ServerConfig, log: Log): void {
  const given = {
    'kube-apiserver': config.kubeApiserverArgs,
    'kube-controller-manager': config.kubeControllerManagerArgs,
    kubelet: config.agent.kubeletArgs,
    'kube-proxy': config.agent.kubeProxyArgs,
  } as const;
  for (const component of ['kube-apiserver', 'kube-controller-manager', 'kubelet', 'kube-proxy'] as const) {
    for (const name of unknownArgs(component, given[component])) log.warning('A component argument has no effect here', { component, argument: name });
  }
}

function nodePortRangeOf(config: ServerConfig): { from: number; to: number } {
  const [from, to] = config.serviceNodePortRange.split('-').map(Number);
  if (!from || !to || from > to || to > 65535)
    throw new Error(`Cannot use --service-node-port-range "${config.serviceNodePortRange}": a range such as 30000-32767 is wanted`);
  return { from, to };
}

/** Endpoints carry passwords: those never reach a log. */
function redact(endpoint: string): string {
  return endpoint.replace(/:[^:@/]*@/, ':********@');
}

function clusterDnsOf(config: ServerConfig): string {
  return config.clusterDns ?? nthAddress(config.serviceCidr, 10);
}

/** Names and addresses by which the API is reached: k3s' own list and --tls-san. */
function altNamesOf(config: ServerConfig, node: NodeIdentity): string[] {
  const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', `kubernetes.default.svc.${config.clusterDomain}`];
  const advertised = config.advertiseAddress ? [config.advertiseAddress] : [];
  return [
    ...new Set([
      ...service,
      'localhost',
      node.name,
      '127.0.0.1',
      '::1',
      nthAddress(config.serviceCidr, 1),
      ...node.ips,
      ...node.externalIps,
      ...advertised,
      ...config.tlsSans,
    ]),
  ];
}

function tokenOf(config: ServerConfig): string | undefined {
  if (config.token !== undefined || config.tokenFile === undefined) return config.token;
  const text = readIfExists(config.tokenFile)?.trim();
  if (!text) throw new Error(`Cannot read the token from ${config.tokenFile}: the file is missing or empty (--token-file)`);
  return text;
}

function urlHost(config: ServerConfig): string {
  return ['0.0.0.0', '::', ''].includes(config.bindAddress) ? '127.0.0.1' : config.bindAddress;
}

function kubeconfigPath(config: ServerConfig): string {
  if (config.writeKubeconfig !== undefined) return config.writeKubeconfig;
  return process.getuid?.() === 0 ? '/etc/rancher/k3s/k3s.yaml' : `${process.env['HOME'] ?? '.'}/.kube/k3s.yaml`;
}
