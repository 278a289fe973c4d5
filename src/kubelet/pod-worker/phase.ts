import type { ContainerStatus, Pod, PodPhase } from '#api/types/core-v1';
import { isSidecar } from './plan.ts';

/** The pod's phase from its containers' statuses; `isOver`: nothing will run any more. Follows getPhase of pkg/kubelet/kubelet_pods.go. */
export function podPhase(pod: Pod, initStatuses: readonly ContainerStatus[], statuses: readonly ContainerStatus[], isOver: boolean): PodPhase {
  const policy = pod.spec?.restartPolicy ?? 'Always';
  const inits = countInits(pod, initStatuses);
  const mains = countMains(pod, statuses);
  if (inits.failed > 0 && (policy === 'Never' || isOver)) return 'Failed';
  if (inits.pending > 0 || (inits.pendingSidecars > 0 && mains.running + mains.stopped === 0)) return isOver ? 'Failed' : 'Pending';
  if (mains.waiting > 0) return isOver && mains.running === 0 && mains.stopped === 0 ? 'Failed' : isOver ? 'Failed' : 'Pending';
  if (mains.running > 0 && mains.unknown === 0) return 'Running';
  if (mains.running === 0 && mains.stopped > 0 && mains.unknown === 0) {
    if (isOver) return mains.stopped === mains.succeeded ? 'Succeeded' : 'Failed';
    if (policy === 'Always') return 'Running';
    if (mains.stopped === mains.succeeded) return 'Succeeded';
    return policy === 'Never' ? 'Failed' : 'Running';
  }
  return 'Pending';
}

function countInits(pod: Pod, statuses: readonly ContainerStatus[]) {
  const count = { pending: 0, pendingSidecars: 0, failed: 0 };
  for (const container of pod.spec?.initContainers ?? []) {
    const status = statuses.find((candidate) => candidate.name === container.name);
    const state = status?.state;
    const last = status?.lastState?.terminated;
    if (isSidecar(container)) {
      if (state?.terminated) continue;
      if (state?.running ? !status?.started : !last) count.pendingSidecars += 1;
    } else if (state?.terminated) {
      if (state.terminated.exitCode !== 0) count.failed += 1;
    } else {
      count.pending += 1;
    }
  }
  return count;
}

function countMains(pod: Pod, statuses: readonly ContainerStatus[]) {
  const count = { running: 0, stopped: 0, succeeded: 0, waiting: 0, unknown: 0 };
  for (const container of pod.spec?.containers ?? []) {
    const status = statuses.find((candidate) => candidate.name === container.name);
    const state = status?.state;
    if (state?.running) count.running += 1;
    else if (state?.terminated) {
      count.stopped += 1;
      if (state.terminated.exitCode === 0) count.succeeded += 1;
    } else if (state?.waiting) {
      if (status?.lastState?.terminated) count.stopped += 1;
      else count.waiting += 1;
    } else count.unknown += 1;
  }
  return count;
}
