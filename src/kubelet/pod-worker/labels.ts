/**
 * What the kubelet writes on sandboxes and containers to know them again after a restart; keys are upstream's
 * (https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/kuberuntime/labels.go), so that a node can change from k3s and back.
 */
import { createHash } from 'node:crypto';
import type { Container, EphemeralContainer, Pod } from '#api/types/core-v1';

export const LABEL = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
} as const;

export const ANNOTATION = {
  hash: 'io.kubernetes.container.hash',
  restartCount: 'io.kubernetes.container.restartCount',
  terminationMessagePath: 'io.kubernetes.container.terminationMessagePath',
  terminationMessagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
  ports: 'io.kubernetes.container.ports',
  preStopHandler: 'io.kubernetes.container.preStopHandler',
  podTerminationGracePeriod: 'io.kubernetes.pod.terminationGracePeriod',
  podDeletionGracePeriod: 'io.kubernetes.pod.deletionGracePeriod',
} as const;

/** Set by upstream on static pods and their mirrors. */
export const CONFIG_ANNOTATION = {
  source: 'kubernetes.io/config.source',
  seen: 'kubernetes.io/config.seen',
  hash: 'kubernetes.io/config.hash',
  mirror: 'kubernetes.io/config.mirror',
} as const;

export type AnyContainer = Container | EphemeralContainer;

/** A pod's container of that name, of whichever kind. */
export function findContainer(pod: Pod, name: string): AnyContainer | undefined {
  const isIt = (container: AnyContainer) => container.name === name;
  return pod.spec?.containers.find(isIt) ?? pod.spec?.initContainers?.find(isIt) ?? pod.spec?.ephemeralContainers?.find(isIt);
}

/** A static pod's identity in the runtime is its manifest's, which its mirror carries as an annotation. */
export function podUidOf(pod: Pod): string {
  return pod.metadata.uid ?? '';
}

export function podLabels(pod: Pod): Record<string, string> {
  return { [LABEL.podName]: pod.metadata.name ?? '', [LABEL.podNamespace]: pod.metadata.namespace ?? '', [LABEL.podUid]: podUidOf(pod) };
}

export function containerLabels(pod: Pod, container: AnyContainer): Record<string, string> {
  return { ...podLabels(pod), [LABEL.containerName]: container.name };
}

export function containerAnnotations(pod: Pod, container: AnyContainer, restartCount: number): Record<string, string> {
  const annotations: Record<string, string> = {
    [ANNOTATION.hash]: containerHash(container),
    [ANNOTATION.restartCount]: String(restartCount),
    [ANNOTATION.terminationMessagePath]: container.terminationMessagePath ?? '/dev/termination-log',
    [ANNOTATION.terminationMessagePolicy]: container.terminationMessagePolicy ?? 'File',
  };
  const grace = pod.spec?.terminationGracePeriodSeconds;
  if (grace !== undefined) annotations[ANNOTATION.podTerminationGracePeriod] = String(grace);
  if (container.lifecycle?.preStop) annotations[ANNOTATION.preStopHandler] = JSON.stringify(container.lifecycle.preStop);
  if (container.ports?.length) annotations[ANNOTATION.ports] = JSON.stringify(container.ports);
  return annotations;
}

/** Changes when the running container no longer is what the spec wants; as upstream only name and image count, which are all that may change. */
export function containerHash(container: AnyContainer): string {
  return createHash('sha256')
    .update(JSON.stringify([container.name, container.image]))
    .digest('hex')
    .slice(0, 8);
}

/** `name_namespace(uid)`, upstream's form in messages. */
export function formatPod(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace}(${podUidOf(pod)})`;
}
