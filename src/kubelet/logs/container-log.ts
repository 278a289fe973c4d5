/** Which file holds the log that a client asks for. Follows k8s.io/kubernetes pkg/kubelet/kubelet_pods.go validateContainerLogStatus. Pure. */
import type { ContainerTarget } from '../streaming/contract.ts';

export type LogChoice =
  /** `isNewest`: of the instance that may still be running. */
  { readonly path: string | undefined; readonly containerId: string; readonly isNewest: boolean } | { readonly refusal: string };

/** The log of the container, or the words that say why there is none. */
export function chooseLog(target: ContainerTarget, previous: boolean): LogChoice {
  const { state, lastState } = target;
  const subject = `container ${JSON.stringify(target.container)} in pod ${JSON.stringify(target.podName)}`;
  const last = lastState?.terminated;
  if (!state) return { refusal: `${subject} is not available` };
  if (previous) return last?.containerID ? logOf(target, last.containerID) : { refusal: `previous terminated ${subject} not found` };
  if (state.running) return logOf(target, target.containerId ?? '');
  const terminated = state.terminated ?? last;
  if (terminated) {
    const id = terminated.containerID || last?.containerID;
    return id ? logOf(target, id) : { refusal: `${subject} is terminated` };
  }
  switch (state.waiting?.reason) {
    case undefined:
      return { refusal: `${subject} is waiting to start - no logs yet` };
    case 'ErrImagePull':
      return { refusal: `${subject} is waiting to start: image can't be pulled` };
    case 'ImagePullBackOff':
      return { refusal: `${subject} is waiting to start: trying and failing to pull image` };
    default:
      return { refusal: `${subject} is waiting to start: ${state.waiting?.reason}` };
  }
}

/** In a status, ids are `containerd://<id>`. */
function logOf(target: ContainerTarget, containerId: string): LogChoice {
  const id = containerId.replace(/^.*:\/\//, '');
  const isNewest = id === target.containerId;
  return { path: isNewest ? target.logPath : target.previousLogPath, containerId: id, isNewest };
}
