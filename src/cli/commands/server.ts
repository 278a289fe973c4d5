import { DEFAULTS, type ServerConfig } from '#cluster/config';
import { createLog, logSink } from '#lib';
import { defineCommand } from '../command.ts';
import { integer, list, text, toggle, type Values } from '../flag.ts';

// In the order in which k3s' help lists them.
const flags = {
  config: text('Load configuration from FILE', { short: 'c', category: 'config', env: ['K3S_CONFIG_FILE'], fallback: DEFAULTS.configFile }),
  debug: toggle('Turn on debug logs', { category: 'logging', env: ['K3S_DEBUG'] }),
  v: integer('Number for the log level verbosity', { category: 'logging', fallback: 0 }),
  vmodule: text('Comma-separated list of FILE_PATTERN=LOG_LEVEL settings for file-filtered logging', { category: 'logging', isHidden: true }),
  log: text('Log to file', { short: 'l', category: 'logging' }),
  alsologtostderr: toggle('Log to standard error as well as file (if set)', { category: 'logging' }),
  'bind-address': text('k3s bind address', { category: 'listener', fallback: DEFAULTS.bindAddress }),
  'https-listen-port': integer('HTTPS listen port', { category: 'listener', fallback: DEFAULTS.httpsListenPort }),
  'advertise-address': text('IPv4/IPv6 address that apiserver uses to advertise to members of the cluster', {
    category: 'listener',
    fallbackText: 'node-external-ip/node-ip',
  }),
  'advertise-port': integer('Port that apiserver uses to advertise to members of the cluster', { category: 'listener', fallbackText: 'listen-port' }),
  'tls-san': list('Add additional hostnames or IPv4/IPv6 addresses as Subject Alternative Names on the server TLS cert', { category: 'listener' }),
  'data-dir': text('Folder to hold state', {
    short: 'd',
    category: 'data',
    env: ['K3S_DATA_DIR'],
    fallbackText: `${DEFAULTS.dataDir} or \${HOME}/.rancher/k3s if not root`,
  }),
  'cluster-cidr': text('IPv4 network CIDR to use for pod IPs', { category: 'networking', fallback: DEFAULTS.clusterCidr }),
  'service-cidr': text('IPv4 network CIDR to use for service IPs', { category: 'networking', fallback: DEFAULTS.serviceCidr }),
  'service-node-port-range': text('Port range to reserve for services with NodePort visibility', {
    category: 'networking',
    fallback: DEFAULTS.serviceNodePortRange,
  }),
  'cluster-dns': text('IPv4 Cluster IP for the DNS service. Should be in your service-cidr range', { category: 'networking', fallbackText: '10.43.0.10' }),
  'cluster-domain': text('Cluster Domain', { category: 'networking', fallback: DEFAULTS.clusterDomain }),
  'write-kubeconfig': text('Write kubeconfig for admin client to this file', { short: 'o', category: 'client', env: ['K3S_KUBECONFIG_OUTPUT'] }),
  'write-kubeconfig-mode': text('Write kubeconfig with this mode', { category: 'client', env: ['K3S_KUBECONFIG_MODE'] }),
  'write-kubeconfig-group': text('Write kubeconfig with this group', { category: 'client', env: ['K3S_KUBECONFIG_GROUP'] }),
  token: text('Shared secret used to join a server or agent to a cluster', { short: 't', category: 'cluster', env: ['K3S_TOKEN'] }),
  'token-file': text('File containing the token', { category: 'cluster', env: ['K3S_TOKEN_FILE'] }),
  'datastore-endpoint': text('Specify the datastore: sqlite (default) or memory, which forgets everything at the end', {
    category: 'db',
    env: ['K3S_DATASTORE_ENDPOINT'],
  }),
  disable: list('Do not deploy packaged components (valid items: coredns)', { category: 'components' }),
  'disable-scheduler': toggle('Disable Kubernetes default scheduler', { category: 'components' }),
  'disable-kube-proxy': toggle('Disable running kube-proxy', { category: 'components' }),
  'disable-agent': toggle('Do not run a local agent: a control plane alone, which needs neither root nor containerd', { category: 'components' }),
  'kube-apiserver-arg': list(
    'Customized flag for kube-apiserver process (admission-control-config-file, anonymous-auth, default-not-ready-toleration-seconds, default-unreachable-toleration-seconds, disable-admission-plugins, enable-admission-plugins, etcd-compaction-interval, token-auth-file)',
    { category: 'flags' },
  ),
  'kube-controller-manager-arg': list('Customized flag for kube-controller-manager process (node-cidr-mask-size, terminated-pod-gc-threshold)', {
    category: 'flags',
  }),
  'node-name': text('Node name', { category: 'agent/node', env: ['K3S_NODE_NAME'], fallbackText: 'hostname' }),
  'with-node-id': toggle('Append id to node name', { category: 'agent/node' }),
  'node-label': list('Registering and starting kubelet with set of labels', { category: 'agent/node' }),
  'node-taint': list('Registering kubelet with set of taints', { category: 'agent/node' }),
  'default-runtime': text('Set the default runtime in containerd', { category: 'agent/runtime' }),
  'pause-image': text('Customized pause image for containerd sandbox', { category: 'agent/runtime', fallbackText: 'made by k3ts itself' }),
  snapshotter: text('Override default containerd snapshotter', { category: 'agent/runtime', fallback: DEFAULTS.snapshotter }),
  'private-registry': text('Private registry configuration file', { category: 'agent/runtime', fallback: DEFAULTS.privateRegistry }),
  'disable-default-registry-endpoint': toggle('Disables containerd fallback default registry endpoint when a mirror is configured for that registry', {
    category: 'agent/containerd',
  }),
  'node-ip': list('IPv4/IPv6 addresses to advertise for node', { short: 'i', category: 'agent/networking' }),
  'node-external-ip': list('IPv4/IPv6 external IP addresses to advertise for node', { category: 'agent/networking' }),
  'resolv-conf': text('Kubelet resolv.conf file', { category: 'agent/networking', env: ['K3S_RESOLV_CONF'] }),
  'kubelet-arg': list('Customized flag for kubelet process (address, cgroup-root, max-pods, port, root-dir)', { category: 'agent/flags' }),
  'kube-proxy-arg': list('Customized flag for kube-proxy process (nodeport-addresses)', { category: 'agent/flags' }),
} as const;

/** `k3ts server`: control plane, datastore and node agent in one process, until SIGINT or SIGTERM. */
export const server = defineCommand({
  name: 'server',
  summary: 'Run management server',
  flags,
  readsConfigFile: true,
  async run({ flags: values, env }) {
    setUpLogging(values);
    const { runServer } = await import('#cluster');
    return runServer(configOf(values, env), { log: createLog('cluster') });
  },
});

function setUpLogging(values: Values<typeof flags>): void {
  if (values.debug || values.v >= 4) logSink.level = 'debug';
  if (values.log !== undefined) logSink.toFile(values.log, { alsoStderr: values.alsologtostderr });
}

function configOf(values: Values<typeof flags>, env: Readonly<Record<string, string | undefined>>): ServerConfig {
  const isRoot = process.getuid?.() === 0;
  return {
    dataDir: values['data-dir'] ?? (isRoot ? DEFAULTS.dataDir : `${env['HOME'] ?? ''}/.rancher/k3s`),
    bindAddress: values['bind-address'],
    httpsListenPort: values['https-listen-port'],
    advertiseAddress: values['advertise-address'],
    advertisePort: values['advertise-port'],
    tlsSans: values['tls-san'],
    clusterCidr: values['cluster-cidr'],
    serviceCidr: values['service-cidr'],
    serviceNodePortRange: values['service-node-port-range'],
    clusterDns: values['cluster-dns'],
    clusterDomain: values['cluster-domain'],
    writeKubeconfig: values['write-kubeconfig'],
    writeKubeconfigMode: values['write-kubeconfig-mode'],
    writeKubeconfigGroup: values['write-kubeconfig-group'],
    token: values.token,
    tokenFile: values['token-file'],
    datastoreEndpoint: values['datastore-endpoint'],
    disable: values.disable,
    disableScheduler: values['disable-scheduler'],
    disableKubeProxy: values['disable-kube-proxy'],
    disableAgent: values['disable-agent'],
    kubeApiserverArgs: values['kube-apiserver-arg'],
    kubeControllerManagerArgs: values['kube-controller-manager-arg'],
    agent: {
      nodeName: values['node-name'],
      withNodeId: values['with-node-id'],
      nodeLabels: values['node-label'],
      nodeTaints: values['node-taint'],
      nodeIps: values['node-ip'],
      nodeExternalIps: values['node-external-ip'],
      resolvConf: values['resolv-conf'],
      privateRegistry: values['private-registry'],
      pauseImage: values['pause-image'],
      snapshotter: values.snapshotter,
      disableDefaultRegistryEndpoint: values['disable-default-registry-endpoint'],
      defaultRuntime: values['default-runtime'],
      kubeletArgs: values['kubelet-arg'],
      kubeProxyArgs: values['kube-proxy-arg'],
    },
  };
}
