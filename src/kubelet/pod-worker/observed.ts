import type { Container, ContainerStatus, PodSandbox, PodSandboxStatus } from '../cri/messages.ts';
import { CONTAINER_STATE, NAMESPACE_MODE, POD_SANDBOX_STATE } from '../cri/messages.ts';
import { ANNOTATION, LABEL } from './labels.ts';

export interface ObservedSandbox {
  readonly id: string;
  readonly attempt: number;
  readonly isReady: boolean;
  readonly createdAtMs: number;
  readonly isHostNetwork: boolean;
  /** Empty until known, and for pods on the host's network. */
  readonly ips: readonly string[];
}
export type ObservedState = 'created' | 'running' | 'exited' | 'unknown';
export interface ObservedContainer {
  readonly id: string;
  readonly name: string;
  readonly sandboxId: string;
  readonly state: ObservedState;
  readonly restartCount: number;
  readonly createdAtMs: number;
  /** 0: never. */
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly exitCode: number;
  /** `Completed`, `Error`, `OOMKilled`, … once it ended. */
  readonly reason: string;
  readonly message: string;
  readonly image: string;
  readonly imageRef: string;
  readonly hash: string;
  readonly logPath: string;
  /** The file on the host with its last words. */
  readonly terminationFile: string | undefined;
  readonly terminationPolicy: string;
  readonly user?: { readonly uid: number; readonly gid: number; readonly supplementalGroups: readonly number[] } | undefined;
}

/** All that the runtime holds of one pod, newest first. */
export interface PodRuntime {
  readonly sandboxes: readonly ObservedSandbox[];
  readonly containers: readonly ObservedContainer[];
}

export const NOTHING_OBSERVED: PodRuntime = { sandboxes: [], containers: [] };

/** The newest sandbox. */
export function currentSandbox(runtime: PodRuntime): ObservedSandbox | undefined {
  return runtime.sandboxes[0];
}
/** The newest instance of a container. */
export function newest(runtime: PodRuntime, name: string): ObservedContainer | undefined {
  return runtime.containers.find((container) => container.name === name);
}

const STATES: Record<number, ObservedState> = {
  [CONTAINER_STATE.CONTAINER_CREATED]: 'created',
  [CONTAINER_STATE.CONTAINER_RUNNING]: 'running',
  [CONTAINER_STATE.CONTAINER_EXITED]: 'exited',
  [CONTAINER_STATE.CONTAINER_UNKNOWN]: 'unknown',
};

export function observeContainer(status: ContainerStatus, sandboxId: string): ObservedContainer {
  const linux = status.user?.linux;
  return {
    id: status.id,
    name: status.labels[LABEL.containerName] ?? status.metadata?.name ?? '',
    sandboxId,
    state: STATES[status.state] ?? 'unknown',
    restartCount: Number(status.annotations[ANNOTATION.restartCount] ?? status.metadata?.attempt ?? 0),
    createdAtMs: status.createdAt / 1e6,
    startedAtMs: status.startedAt / 1e6,
    finishedAtMs: status.finishedAt / 1e6,
    exitCode: status.exitCode,
    reason: status.reason,
    message: status.message,
    image: status.image?.image ?? '',
    imageRef: status.imageRef,
    hash: status.annotations[ANNOTATION.hash] ?? '',
    logPath: status.logPath,
    terminationFile: status.mounts.find((mount) => mount.containerPath === status.annotations[ANNOTATION.terminationMessagePath])?.hostPath,
    terminationPolicy: status.annotations[ANNOTATION.terminationMessagePolicy] ?? 'File',
    ...(linux ? { user: { uid: linux.uid, gid: linux.gid, supplementalGroups: linux.supplementalGroups } } : {}),
  };
}

/** A listed container's state, to see whether its status must be asked for. */
export function listedState(container: Container): ObservedState {
  return STATES[container.state] ?? 'unknown';
}

export function observeSandbox(status: PodSandboxStatus): ObservedSandbox {
  const network = status.network;
  return {
    id: status.id,
    attempt: status.metadata?.attempt ?? 0,
    isReady: status.state === POD_SANDBOX_STATE.SANDBOX_READY,
    createdAtMs: status.createdAt / 1e6,
    isHostNetwork: status.linux?.namespaces?.options?.network === NAMESPACE_MODE.NODE,
    ips: network?.ip ? [network.ip, ...network.additionalIps.map((more) => more.ip)] : [],
  };
}

/** Which pod a sandbox or container belongs to; undefined when the kubelet did not make it. */
export function podOf(item: PodSandbox | Container): { uid: string; namespace: string; name: string } | undefined {
  const { [LABEL.podUid]: uid, [LABEL.podNamespace]: namespace, [LABEL.podName]: name } = item.labels;
  return uid && namespace && name ? { uid, namespace, name } : undefined;
}
