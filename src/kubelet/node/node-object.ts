/** The Node that this machine shows to the API, as k3s' kubelet registers it. */
import { hostname } from 'node:os';
import type { ContainerImage, Node, NodeCondition, NodeStatus } from '#api/types/core-v1';
import { VERSION } from '#lib';
import type { KubeletOptions } from '../options.ts';
import type { MachineInfo } from './machine-info.ts';

export interface NodeFacts {
  readonly options: KubeletOptions;
  readonly machine: MachineInfo;
  readonly ephemeralBytes: number;
  readonly inodesFreePercent: number;
  readonly availablePercent: number;
  readonly availableMemoryBytes: number;
  readonly runtimeVersion: string;
  /** Why pods cannot run here; undefined: they can. */
  readonly problem: string | undefined;
  readonly images: readonly ContainerImage[];
  readonly runtimeHandlers: readonly { readonly name: string; readonly recursiveReadOnlyMounts: boolean; readonly userNamespaces: boolean }[];
  readonly nowText: string;
}

const DEFAULT_MAX_PODS = 110;

/** Labels that are kept up to date on every start. */
export function nodeLabels({ options, machine }: Pick<NodeFacts, 'options' | 'machine'>): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': machine.architecture,
    'beta.kubernetes.io/os': 'linux',
    'beta.kubernetes.io/instance-type': 'k3s',
    'kubernetes.io/arch': machine.architecture,
    'kubernetes.io/hostname': options.nodeName,
    'kubernetes.io/os': 'linux',
    'node.kubernetes.io/instance-type': 'k3s',
    ...options.labels,
  };
}

export function nodeAnnotations({ options }: Pick<NodeFacts, 'options'>): Record<string, string> {
  return {
    'k3s.io/hostname': hostname(),
    'k3s.io/internal-ip': options.nodeIps.join(','),
    ...(options.nodeExternalIps?.length ? { 'k3s.io/external-ip': options.nodeExternalIps.join(',') } : {}),
    'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
    ...options.annotations,
  };
}

export function newNode(facts: NodeFacts): Node {
  const { options } = facts;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: options.nodeName, labels: nodeLabels(facts), annotations: nodeAnnotations(facts), finalizers: [] },
    spec: {
      providerID: options.providerId ?? `k3s://${options.nodeName}`,
      ...(options.taints?.length ? { taints: [...options.taints] } : {}),
    },
    status: nodeStatus(facts, undefined),
  };
}

export function nodeCapacity({ machine, options, ephemeralBytes }: Pick<NodeFacts, 'machine' | 'options' | 'ephemeralBytes'>): Record<string, string> {
  return {
    cpu: String(machine.cpuCount),
    'ephemeral-storage': `${Math.floor(ephemeralBytes / 1024)}Ki`,
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: `${Math.floor(machine.memoryBytes / 1024)}Ki`,
    pods: String(options.maxPods ?? DEFAULT_MAX_PODS),
  };
}

export function nodeStatus(facts: NodeFacts, before: NodeStatus | undefined): NodeStatus {
  const { machine, options } = facts;
  const capacity = nodeCapacity(facts);
  const version = options.version ?? VERSION;
  return {
    capacity,
    allocatable: { ...capacity, 'ephemeral-storage': String(Math.floor(facts.ephemeralBytes * 0.95)) },
    conditions: nodeConditions(facts, before?.conditions ?? []),
    addresses: [
      ...options.nodeIps.map((address) => ({ type: 'InternalIP' as const, address })),
      ...(options.nodeExternalIps ?? []).map((address) => ({ type: 'ExternalIP' as const, address })),
      { type: 'Hostname' as const, address: options.nodeName },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: options.serving?.port || 10_250 } },
    nodeInfo: {
      machineID: machine.machineId,
      systemUUID: machine.systemUuid,
      bootID: machine.bootId,
      kernelVersion: machine.kernelVersion,
      osImage: machine.osImage,
      containerRuntimeVersion: facts.runtimeVersion,
      kubeletVersion: version,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: machine.architecture,
      ...(machine.swapBytes > 0 ? { swap: { capacity: machine.swapBytes } } : {}),
    },
    images: [...facts.images],
    ...(facts.runtimeHandlers.length > 0 ? { runtimeHandlers: facts.runtimeHandlers.map(({ name, ...features }) => ({ name, features })) } : {}),
  };
}

// Upstream's hard eviction thresholds.
const MIN_MEMORY_BYTES = 100 * 1024 * 1024;
const MIN_DISK_PERCENT = 5;
const MIN_INODES_PERCENT = 5;

function nodeConditions(facts: NodeFacts, before: readonly NodeCondition[]): NodeCondition[] {
  const isShortOfMemory = facts.availableMemoryBytes < MIN_MEMORY_BYTES;
  const isShortOfDisk = facts.availablePercent < MIN_DISK_PERCENT || facts.inodesFreePercent < MIN_INODES_PERCENT;
  const verdicts = [
    isShortOfMemory
      ? { type: 'MemoryPressure', status: 'True', reason: 'KubeletHasInsufficientMemory', message: 'kubelet has insufficient memory available' }
      : { type: 'MemoryPressure', status: 'False', reason: 'KubeletHasSufficientMemory', message: 'kubelet has sufficient memory available' },
    isShortOfDisk
      ? { type: 'DiskPressure', status: 'True', reason: 'KubeletHasDiskPressure', message: 'kubelet has disk pressure' }
      : { type: 'DiskPressure', status: 'False', reason: 'KubeletHasNoDiskPressure', message: 'kubelet has no disk pressure' },
    { type: 'PIDPressure', status: 'False', reason: 'KubeletHasSufficientPID', message: 'kubelet has sufficient PID available' },
    facts.problem === undefined
      ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: facts.problem },
  ];
  const own = verdicts.map((verdict) => {
    const old = before.find((condition) => condition.type === verdict.type);
    const lastTransitionTime = old?.status === verdict.status ? (old.lastTransitionTime ?? facts.nowText) : facts.nowText;
    return { ...verdict, lastHeartbeatTime: facts.nowText, lastTransitionTime } as NodeCondition;
  });
  return [...before.filter((condition) => !verdicts.some((verdict) => verdict.type === condition.type)), ...own];
}
