/** Requests and limits as cgroups and CRI want them; formulas are upstream's (pkg/kubelet/cm/helpers_linux.go). */
import type { Pod, ResourceRequirements } from '#api/types/core-v1';
import { quantityMilliValue, quantityValue } from '#api';
import type { LinuxContainerResources } from './cri/messages.ts';
import type { AnyContainer } from './pod-worker/labels.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
const QUOTA_PERIOD_US = 100_000;
const MIN_QUOTA_US = 1000;

export function cpuShares(milliCpu: number): number {
  if (milliCpu === 0) return MIN_SHARES;
  return Math.min(MAX_SHARES, Math.max(MIN_SHARES, Math.floor((milliCpu * 1024) / 1000)));
}
/** Microseconds per period of 100 ms; 0: no limit. */
export function cpuQuota(milliCpu: number): number {
  return milliCpu === 0 ? 0 : Math.max(MIN_QUOTA_US, Math.floor((milliCpu * QUOTA_PERIOD_US) / 1000));
}

export function milliCpu(amounts: Readonly<Record<string, string>> | undefined): number {
  return amounts?.['cpu'] === undefined ? 0 : quantityMilliValue(amounts['cpu']);
}
export function memoryBytes(amounts: Readonly<Record<string, string>> | undefined): number {
  return amounts?.['memory'] === undefined ? 0 : quantityValue(amounts['memory']);
}

/** Upstream's GetPodQOS: cpu and memory of all containers, init containers included. */
export function qosClassOf(pod: Pod): QosClass {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const all: (ResourceRequirements | undefined)[] = pod.spec?.resources ? [pod.spec.resources] : containers.map((container) => container.resources);
  let isAnySet = false;
  let isGuaranteed = true;
  for (const resources of all) {
    for (const name of ['cpu', 'memory']) {
      const limit = resources?.limits?.[name];
      const request = resources?.requests?.[name] ?? limit;
      const hasRequest = request !== undefined && quantityMilliValue(request) > 0;
      const hasLimit = limit !== undefined && quantityMilliValue(limit) > 0;
      if (hasRequest || hasLimit) isAnySet = true;
      if (!hasLimit || !hasRequest || quantityMilliValue(request) !== quantityMilliValue(limit)) isGuaranteed = false;
    }
  }
  if (!isAnySet) return 'BestEffort';
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

const OOM_SCORE_GUARANTEED = -997;
const OOM_SCORE_BEST_EFFORT = 1000;

/** What CRI gets for a container. */
export function containerResources(pod: Pod, container: AnyContainer, nodeMemoryBytes: number): LinuxContainerResources {
  const { requests, limits } = container.resources ?? {};
  const cpuLimit = milliCpu(limits);
  const cpuRequest = requests?.['cpu'] === undefined && cpuLimit > 0 ? cpuLimit : milliCpu(requests);
  const memoryLimit = memoryBytes(limits);
  return {
    cpuShares: cpuShares(cpuRequest),
    cpuPeriod: QUOTA_PERIOD_US,
    cpuQuota: cpuQuota(cpuLimit),
    memoryLimitInBytes: memoryLimit,
    // Swap is off for containers: memory and memory+swap have the same limit.
    memorySwapLimitInBytes: memoryLimit,
    oomScoreAdj: oomScore(pod, memoryBytes(requests) || memoryLimit, nodeMemoryBytes),
  };
}

function oomScore(pod: Pod, memoryRequest: number, nodeMemoryBytes: number): number {
  const qos = qosClassOf(pod);
  if (qos === 'Guaranteed' || isNodeCritical(pod)) return OOM_SCORE_GUARANTEED;
  if (qos === 'BestEffort') return OOM_SCORE_BEST_EFFORT;
  const score = 1000 - Math.floor((1000 * memoryRequest) / nodeMemoryBytes);
  if (score < 1000 + OOM_SCORE_GUARANTEED) return 1000 + OOM_SCORE_GUARANTEED;
  return score === OOM_SCORE_BEST_EFFORT ? score - 1 : score;
}

const SYSTEM_NODE_CRITICAL = 2_000_001_000;

function isNodeCritical(pod: Pod): boolean {
  return (pod.spec?.priority ?? 0) >= SYSTEM_NODE_CRITICAL;
}

export interface PodLimits {
  readonly cpuShares: number;
  /** undefined: unlimited. */
  readonly cpuQuota?: number | undefined;
  readonly memoryBytes?: number | undefined;
}

/** Limits of the pod's own cgroup: only where every container has one. */
export function podLimits(pod: Pod): PodLimits {
  const containers = pod.spec?.containers ?? [];
  const inits = pod.spec?.initContainers ?? [];
  const overhead = pod.spec?.overhead;
  const sum = (read: (container: AnyContainer) => number) => {
    const sidecars = inits.filter((container) => container.restartPolicy === 'Always');
    const running = [...containers, ...sidecars].reduce((total, container) => total + read(container), 0);
    return Math.max(running, ...inits.map(read));
  };
  const all = [...containers, ...inits];
  const request = sum((container) => milliCpu(container.resources?.requests) || milliCpu(container.resources?.limits)) + milliCpu(overhead);
  const isCpuLimited = all.every((container) => milliCpu(container.resources?.limits) > 0);
  const isMemoryLimited = all.every((container) => memoryBytes(container.resources?.limits) > 0);
  return {
    cpuShares: cpuShares(request),
    ...(isCpuLimited ? { cpuQuota: cpuQuota(sum((container) => milliCpu(container.resources?.limits)) + milliCpu(overhead)) } : {}),
    ...(isMemoryLimited ? { memoryBytes: sum((container) => memoryBytes(container.resources?.limits)) + memoryBytes(overhead) } : {}),
  };
}
