/** What `k3ts server` is told, after flags, environment and configuration files are merged; names follow the flags. */
export interface ServerConfig {
  dataDir: string;
  bindAddress: string;
  httpsListenPort: number;
  advertiseAddress?: string | undefined;
  advertisePort?: number | undefined;
  tlsSans: readonly string[];
  clusterCidr: string;
  serviceCidr: string;
  serviceNodePortRange: string;
  clusterDns?: string | undefined;
  clusterDomain: string;
  writeKubeconfig?: string | undefined;
  writeKubeconfigMode?: string | undefined;
  writeKubeconfigGroup?: string | undefined;
  token?: string | undefined;
  tokenFile?: string | undefined;
  datastoreEndpoint?: string | undefined;
  disable: readonly string[];
  disableScheduler: boolean;
  disableKubeProxy: boolean;
  disableAgent: boolean;
  kubeApiserverArgs: readonly string[];
  kubeControllerManagerArgs: readonly string[];
  agent: AgentConfig;
}

export interface AgentConfig {
  nodeName?: string | undefined;
  withNodeId: boolean;
  nodeLabels: readonly string[];
  nodeTaints: readonly string[];
  nodeIps: readonly string[];
  nodeExternalIps: readonly string[];
  resolvConf?: string | undefined;
  privateRegistry: string;
  disableDefaultRegistryEndpoint?: boolean | undefined;
  /** Absent: the one that k3ts makes itself. */
  pauseImage?: string | undefined;
  snapshotter: string;
  defaultRuntime?: string | undefined;
  kubeletArgs: readonly string[];
  kubeProxyArgs: readonly string[];
}

/** The values that hold where nothing is said; the CLI's flag table takes its defaults from here. */
export const DEFAULTS = {
  dataDir: '/var/lib/rancher/k3s',
  configFile: '/etc/rancher/k3s/config.yaml',
  bindAddress: '0.0.0.0',
  httpsListenPort: 6443,
  clusterCidr: '10.42.0.0/16',
  serviceCidr: '10.43.0.0/16',
  serviceNodePortRange: '30000-32767',
  clusterDomain: 'cluster.local',
  privateRegistry: '/etc/rancher/k3s/registries.yaml',
  snapshotter: 'overlayfs',
} as const;

/** The component arguments that do something, as upstream's programs name them; the others are warned about and ignored. */
export const COMPONENT_ARGS = {
  'kube-apiserver': [
    'admission-control-config-file',
    'anonymous-auth',
    'default-not-ready-toleration-seconds',
    'default-unreachable-toleration-seconds',
    'disable-admission-plugins',
    'enable-admission-plugins',
    'etcd-compaction-interval',
    'token-auth-file',
  ],
  'kube-controller-manager': ['node-cidr-mask-size', 'terminated-pod-gc-threshold'],
  kubelet: ['address', 'cgroup-root', 'max-pods', 'port', 'root-dir'],
  'kube-proxy': ['nodeport-addresses'],
} as const;

/** What was given for a component and has no effect: the names of the arguments. */
export function unknownArgs(component: keyof typeof COMPONENT_ARGS, args: readonly string[]): string[] {
  const known: readonly string[] = COMPONENT_ARGS[component];
  return args.map(argName).filter((name) => !known.includes(name));
}

function argName(arg: string): string {
  const equals = arg.indexOf('=');
  return (equals < 0 ? arg : arg.slice(0, equals)).replace(/^--/, '').replace(/[+-]$/, '');
}

/** A component argument that must be a whole number; throws an Error that names it. */
export function numberArg(args: readonly string[], name: string): number | undefined {
  const text = componentArg(args, name);
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new Error(`Cannot use component argument ${name}=${text}: a whole number is wanted`);
  return Number(text);
}

/** `a=b`-style component arguments: the last value of `name`, `true` for a bare one, undefined when absent. */
export function componentArg(args: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (const arg of args) {
    const equals = arg.indexOf('=');
    if (argName(arg) === name) found = equals < 0 ? 'true' : arg.slice(equals + 1);
  }
  return found;
}

/** Where everything is, below the data dir: k3s' own names. */
export interface Paths {
  readonly server: string;
  readonly serverTls: string;
  readonly credentials: string;
  readonly stateDb: string;
  readonly serverToken: string;
  readonly agent: string;
  tls(name: string): string;
  credential(name: string): string;
  agentFile(name: string): string;
}

export function pathsOf(dataDir: string): Paths {
  const server = `${dataDir}/server`;
  return {
    server,
    serverTls: `${server}/tls`,
    credentials: `${server}/cred`,
    stateDb: `${server}/db/state.db`,
    serverToken: `${server}/token`,
    agent: `${dataDir}/agent`,
    tls: (name) => `${server}/tls/${name}`,
    credential: (name) => `${server}/cred/${name}`,
    agentFile: (name) => `${dataDir}/agent/${name}`,
  };
}
