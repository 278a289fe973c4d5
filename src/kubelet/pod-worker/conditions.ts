/** Pod conditions as upstream's pkg/kubelet/status/generate.go makes them. */
import type { Container, ContainerStatus, Pod, PodCondition } from '#api/types/core-v1';
import { isSidecar } from './plan.ts';

/** Conditions that the kubelet owns; all others belong to somebody else and are left alone. */
export const KUBELET_CONDITIONS = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'] as const;

type Verdict = Omit<PodCondition, 'type'>;

export interface ConditionSource {
  readonly pod: Pod;
  readonly phase: string;
  readonly initStatuses: readonly ContainerStatus[];
  readonly statuses: readonly ContainerStatus[];
  /** The sandbox stands and has its addresses. */
  readonly isSandboxReady: boolean;
  readonly nowText: string;
}

/** The kubelet's conditions in upstream's order; a condition whose status did not change keeps its transition time. */
export function buildConditions(source: ConditionSource): PodCondition[] {
  const { pod, phase } = source;
  const previous = pod.status?.conditions ?? [];
  const containersReady = containersReadyVerdict(source);
  const verdicts: [string, Verdict][] = [
    ['PodReadyToStartContainers', { status: source.isSandboxReady ? 'True' : 'False' }],
    ['Initialized', initializedVerdict(pod, phase, source.initStatuses, source.statuses)],
    ['Ready', readyVerdict(pod, phase, containersReady)],
    ['ContainersReady', containersReady],
    ['PodScheduled', { status: 'True' }],
  ];
  return verdicts.map(([type, verdict]) => {
    const before = previous.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === verdict.status && before.lastTransitionTime ? before.lastTransitionTime : source.nowText;
    const observedGeneration = pod.metadata.generation;
    return { type, ...(observedGeneration === undefined ? {} : { observedGeneration }), ...verdict, lastProbeTime: undefined, lastTransitionTime };
  });
}

function initializedVerdict(pod: Pod, phase: string, initStatuses: readonly ContainerStatus[], statuses: readonly ContainerStatus[]): Verdict {
  const inits = pod.spec?.initContainers ?? [];
  if (inits.length === 0) return { status: 'True' };
  const unknown: string[] = [];
  const unready: string[] = [];
  for (const container of inits) {
    const status = initStatuses.find((candidate) => candidate.name === container.name);
    if (!status) unknown.push(container.name);
    else if (isSidecar(container) ? !status.started : !status.ready) unready.push(container.name);
  }
  if (phase === 'Succeeded' && unknown.length === 0) return { status: 'True', reason: 'PodCompleted' };
  // Regular containers only start when all init containers are done.
  if (unready.length > 0 && statuses.some((status) => status.started || status.state?.terminated)) return { status: 'True' };
  const messages = [
    ...(unknown.length > 0 ? [`containers with unknown status: [${unknown.join(' ')}]`] : []),
    ...(unready.length > 0 ? [`containers with incomplete status: [${unready.join(' ')}]`] : []),
  ];
  if (messages.length > 0) return { status: 'False', reason: 'ContainersNotInitialized', message: messages.join(', ') };
  return { status: 'True' };
}

function containersReadyVerdict({ pod, phase, statuses, initStatuses }: ConditionSource): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  const sidecars: Container[] = (pod.spec?.initContainers ?? []).filter(isSidecar);
  const unknown: string[] = [];
  const unready: string[] = [];
  const check = (name: string, all: readonly ContainerStatus[]) => {
    const status = all.find((candidate) => candidate.name === name);
    if (!status) unknown.push(name);
    else if (!status.ready) unready.push(name);
  };
  for (const sidecar of sidecars) check(sidecar.name, initStatuses);
  for (const container of pod.spec?.containers ?? []) check(container.name, statuses);
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const messages = [
    ...(unknown.length > 0 ? [`containers with unknown status: [${unknown.join(' ')}]`] : []),
    ...(unready.length > 0 ? [`containers with unready status: [${unready.join(' ')}]`] : []),
  ];
  return messages.length > 0 ? { status: 'False', reason: 'ContainersNotReady', message: messages.join(', ') } : { status: 'True' };
}

function readyVerdict(pod: Pod, phase: string, containersReady: Verdict): Verdict {
  if (containersReady.status !== 'True') return containersReady;
  const messages: string[] = [];
  for (const { conditionType } of pod.spec?.readinessGates ?? []) {
    const gate = pod.status?.conditions?.find((condition) => condition.type === conditionType);
    if (!gate) messages.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (gate.status !== 'True') messages.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`);
  }
  if (messages.length > 0) return { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
  return phase === 'Succeeded' ? { status: 'False', reason: 'PodCompleted' } : { status: 'True' };
}
