import type { ContainerStatus, PodPhase, PodStatus } from '#api/types/core-v1';
import { rfc3339 } from '#lib';
import { qosClassOf } from '../resources.ts';
import { buildConditions } from './conditions.ts';
import { buildContainerStatus, type StatusSource } from './container-status.ts';
import type { AnyContainer } from './labels.ts';
import { currentSandbox } from './observed.ts';
import { podPhase } from './phase.ts';

export interface PodStatusSource extends Omit<StatusSource, 'previous'> {
  readonly hostIps: readonly string[];
  /** Nothing will run any more: phases become final. */
  readonly isOver: boolean;
  /** Why the kubelet ended or refused the pod (`DeadlineExceeded`, `Evicted`, …). */
  readonly verdict?: { readonly reason: string; readonly message: string } | undefined;
}

/** The status to show for a pod of this node. `pod.status` is what was shown last. */
export function buildPodStatus(source: PodStatusSource): PodStatus {
  const { pod, runtime } = source;
  const spec = pod.spec;
  const before = pod.status ?? {};
  const statusesOf = (containers: readonly AnyContainer[] | undefined, previous: readonly ContainerStatus[] | undefined, role: 'init' | 'main' | 'ephemeral') =>
    (containers ?? []).map((container) => buildContainerStatus({ ...source, previous: previous ?? [] }, container, role));
  const initStatuses = statusesOf(spec?.initContainers, before.initContainerStatuses, 'init');
  const statuses = statusesOf(spec?.containers, before.containerStatuses, 'main');
  const ephemeral = statusesOf(spec?.ephemeralContainers, before.ephemeralContainerStatuses, 'ephemeral');
  const sandbox = currentSandbox(runtime);
  const isFinal = before.phase === 'Failed' || before.phase === 'Succeeded';
  const phase: PodPhase = isFinal ? (before.phase as PodPhase) : source.verdict ? 'Failed' : podPhase(pod, initStatuses, statuses, source.isOver);
  const isSandboxReady = sandbox?.isReady === true && (sandbox.isHostNetwork || sandbox.ips.length > 0);
  const ips = podIps(source);
  const nowText = rfc3339(source.nowMs);
  return {
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    phase,
    conditions: buildConditions({ pod, phase, initStatuses, statuses, isSandboxReady, nowText }),
    ...(source.verdict ?? (before.reason ? { reason: before.reason, ...(before.message ? { message: before.message } : {}) } : {})),
    ...(source.hostIps[0] ? { hostIP: source.hostIps[0], hostIPs: source.hostIps.map((ip) => ({ ip })) } : {}),
    ...(ips[0] ? { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) } : {}),
    startTime: before.startTime ?? nowText,
    ...(initStatuses.length > 0 ? { initContainerStatuses: initStatuses } : {}),
    containerStatuses: statuses,
    qosClass: before.qosClass ?? qosClassOf(pod),
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
  };
}

function podIps({ pod, runtime, hostIps, isOver }: PodStatusSource): readonly string[] {
  const before = (pod.status?.podIPs ?? []).map((podIp) => podIp.ip);
  if (pod.spec?.hostNetwork) return runtime.sandboxes.length > 0 || before.length > 0 ? hostIps : [];
  const ips = currentSandbox(runtime)?.ips ?? [];
  // A pod that has ended shows the address it had.
  return ips.length > 0 || !(isOver || runtime.sandboxes.length > 0) ? ips : before;
}
