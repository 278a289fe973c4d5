import type { ObjectReference, Pod } from '#api/types/core-v1';
import type { AnyContainer } from './labels.ts';

/** Events are about the pod, or about one of its containers: then `fieldPath` names it. */
export function podReference(pod: Pod): ObjectReference {
  const { namespace, name, uid, resourceVersion } = pod.metadata;
  return { kind: 'Pod', apiVersion: 'v1', namespace, name, uid, resourceVersion };
}

export function containerReference(pod: Pod, container: AnyContainer): ObjectReference {
  const list = pod.spec?.initContainers?.some((candidate) => candidate.name === container.name)
    ? 'initContainers'
    : pod.spec?.ephemeralContainers?.some((candidate) => candidate.name === container.name)
      ? 'ephemeralContainers'
      : 'containers';
  return { ...podReference(pod), fieldPath: `spec.${list}{${container.name}}` };
}
