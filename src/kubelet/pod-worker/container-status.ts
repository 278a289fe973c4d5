/** Container statuses as upstream's convertToAPIContainerStatuses shows them (pkg/kubelet/kubelet_pods.go). */
import type { ContainerState, ContainerStateTerminated, ContainerStatus, Pod } from '#api/types/core-v1';
import { rfc3339 } from '#lib';
import type { AnyContainer } from './labels.ts';
import type { ObservedContainer, PodRuntime } from './observed.ts';
import { isSidecar, shallRestart } from './plan.ts';

/** Why a container does not run although it should. */
export interface WaitingReason {
  readonly reason: string;
  readonly message: string;
}

export interface StatusSource {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  /** The statuses of the API's object, or those written last. */
  readonly previous: readonly ContainerStatus[];
  waiting(name: string): WaitingReason | undefined;
  /** Whether the startup probe passed, and whether the container is ready. */
  probes(container: ObservedContainer): { readonly isStarted: boolean; readonly isReady: boolean };
  /** The text a container left behind, read when it ended. */
  terminationMessage(container: ObservedContainer): string;
  /** The pod is being ended: nothing is started any more. */
  readonly isEnding: boolean;
  readonly nowMs: number;
}

export type ContainerRole = 'init' | 'main' | 'ephemeral';

export function buildContainerStatus(source: StatusSource, container: AnyContainer, role: ContainerRole): ContainerStatus {
  const instances = source.runtime.containers.filter((candidate) => candidate.name === container.name);
  const latest = instances.find((candidate) => candidate.state !== 'created') ?? undefined;
  const before = latest ? instances.find((candidate) => candidate !== latest && candidate.state === 'exited') : undefined;
  const previous = source.previous.find((status) => status.name === container.name);
  const base = latest ? observedStatus(source, container, latest, before, previous) : unobservedStatus(source, container, role, previous);
  const status = withWaiting(source, container, latest, base);
  return { ...status, ...readiness(source, container, role, latest, status), ...resourcesOf(container), ...mountsOf(container), ...userOf(latest) };
}

function observedStatus(
  source: StatusSource,
  container: AnyContainer,
  latest: ObservedContainer,
  before: ObservedContainer | undefined,
  previous: ContainerStatus | undefined,
): ContainerStatus {
  const lastState: ContainerState = before ? { terminated: terminated(source, before) } : keptLastState(previous, latest);
  return {
    name: container.name,
    state: latest.state === 'running' ? { running: { startedAt: rfc3339(latest.startedAtMs) } } : { terminated: terminated(source, latest) },
    lastState,
    ready: false,
    restartCount: latest.restartCount,
    image: latest.image || (container.image ?? ''),
    imageID: latest.imageRef,
    containerID: `containerd://${latest.id}`,
  };
}

/** The dead container before may have been removed already; what was said of it stays. */
function keptLastState(previous: ContainerStatus | undefined, latest: ObservedContainer): ContainerState {
  if (latest.restartCount === 0 || !previous) return {};
  const idOf = (state: ContainerState | undefined) => state?.terminated?.containerID;
  const isOther = idOf(previous.lastState) !== `containerd://${latest.id}`;
  return isOther && previous.lastState?.terminated ? previous.lastState : {};
}

function terminated(source: StatusSource, container: ObservedContainer): ContainerStateTerminated {
  const message = source.terminationMessage(container) || container.message;
  const signal = container.exitCode > 128 && container.state === 'unknown' ? container.exitCode - 128 : undefined;
  return {
    exitCode: container.state === 'unknown' ? 137 : container.exitCode,
    ...(signal ? { signal } : {}),
    reason: container.reason || (container.state === 'unknown' ? 'ContainerStatusUnknown' : container.exitCode === 0 ? 'Completed' : 'Error'),
    ...(message ? { message } : {}),
    ...(container.startedAtMs > 0 ? { startedAt: rfc3339(container.startedAtMs) } : { startedAt: rfc3339(container.createdAtMs) }),
    finishedAt: rfc3339(container.finishedAtMs > 0 ? container.finishedAtMs : source.nowMs),
    containerID: `containerd://${container.id}`,
  };
}

function unobservedStatus(source: StatusSource, container: AnyContainer, role: ContainerRole, previous: ContainerStatus | undefined): ContainerStatus {
  const hasInits = (source.pod.spec?.initContainers ?? []).length > 0;
  const waiting = role === 'ephemeral' || (role === 'main' && !hasInits) ? 'ContainerCreating' : 'PodInitializing';
  const status: ContainerStatus = {
    name: container.name,
    state: { waiting: { reason: waiting } },
    lastState: {},
    ready: false,
    restartCount: 0,
    image: container.image ?? '',
    imageID: '',
  };
  if (!previous || previous.containerID === undefined) return status;
  // The runtime has lost a container that the API knows: it ended while nobody looked.
  if (previous.state?.terminated) return { ...status, ...pick(previous), state: previous.state, lastState: previous.lastState ?? {} };
  if (!previous.state?.running) return { ...status, ...pick(previous), lastState: previous.lastState ?? {} };
  const lost: ContainerStateTerminated = {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: source.isEnding
      ? 'The container could not be located when the pod was terminated'
      : 'The container could not be located when the pod was deleted.  The container used to be Running',
    startedAt: undefined,
    finishedAt: undefined,
  };
  if (source.isEnding) return { ...status, ...pick(previous), state: { terminated: lost } };
  return { ...status, ...pick(previous), restartCount: previous.restartCount + 1, lastState: { terminated: lost } };
}

function pick(previous: ContainerStatus): Pick<ContainerStatus, 'restartCount' | 'image' | 'imageID'> & { containerID?: string } {
  const { restartCount, image, imageID, containerID } = previous;
  return { restartCount, image, imageID, ...(containerID ? { containerID } : {}) };
}

function withWaiting(source: StatusSource, container: AnyContainer, latest: ObservedContainer | undefined, status: ContainerStatus): ContainerStatus {
  const waiting = source.waiting(container.name);
  if (!waiting || latest?.state === 'running' || source.isEnding) return status;
  if (latest && !shallRestart(source.pod, container, latest)) return status;
  const state = { waiting: { reason: waiting.reason, ...(waiting.message ? { message: waiting.message } : {}) } };
  return { ...status, state, lastState: status.state?.terminated ? status.state : (status.lastState ?? {}) };
}

function readiness(source: StatusSource, container: AnyContainer, role: ContainerRole, latest: ObservedContainer | undefined, status: ContainerStatus) {
  const isRunning = status.state?.running !== undefined;
  if (role === 'ephemeral') return { ready: false };
  if (role === 'init' && !isSidecar(container)) return { ready: status.state?.terminated?.exitCode === 0, started: isRunning };
  if (!isRunning || !latest) return { ready: false, started: false };
  const { isStarted, isReady } = source.probes(latest);
  return { ready: isStarted && isReady, started: isStarted };
}

function resourcesOf(container: AnyContainer): Pick<ContainerStatus, 'allocatedResources' | 'resources'> {
  const { requests, limits } = container.resources ?? {};
  return {
    ...(requests && Object.keys(requests).length > 0 ? { allocatedResources: requests } : {}),
    resources: { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) },
  };
}

function mountsOf(container: AnyContainer): Pick<ContainerStatus, 'volumeMounts'> {
  if (!container.volumeMounts?.length) return {};
  return {
    volumeMounts: container.volumeMounts.map((mount) => ({
      name: mount.name,
      mountPath: mount.mountPath,
      ...(mount.readOnly ? { readOnly: true, recursiveReadOnly: mount.recursiveReadOnly === 'Enabled' ? 'Enabled' : 'Disabled' } : {}),
    })),
  };
}

function userOf(latest: ObservedContainer | undefined): Pick<ContainerStatus, 'user'> {
  const user = latest?.user;
  if (!user) return {};
  return { user: { linux: { uid: user.uid, gid: user.gid, supplementalGroups: [...user.supplementalGroups] } } };
}
