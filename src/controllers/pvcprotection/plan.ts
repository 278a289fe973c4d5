import { isControlledBy } from '#api';
import type { PersistentVolumeClaim, Pod } from '#api/types/core-v1';

export const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection';

/** The names of the claims that a Pod mounts, those of its ephemeral volumes too. */
export function claimNames({ metadata, spec }: Pod): string[] {
  return (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim) return [persistentVolumeClaim.claimName];
    return ephemeral ? [`${metadata.name}-${name}`] : [];
  });
}

/** Whether a Pod holds the claim: it is on a node, and a Pod that is not may not be put on one while the claim is being deleted. */
export function usesClaim(pod: Pod, claim: PersistentVolumeClaim): boolean {
  const { metadata, spec } = pod;
  if (!spec?.nodeName) return false;
  return (spec.volumes ?? []).some(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim) return persistentVolumeClaim.claimName === claim.metadata.name;
    return ephemeral !== undefined && `${metadata.name}-${name}` === claim.metadata.name && !isShutDown(pod) && isControlledBy(claim, pod);
  });
}

/** The kubelet is done with the Pod, or it was deleted by force. */
function isShutDown({ metadata: { deletionTimestamp, deletionGracePeriodSeconds } }: Pod): boolean {
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0;
}
