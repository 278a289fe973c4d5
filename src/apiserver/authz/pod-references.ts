import type { Container, Pod, Volume } from '#api/types/core-v1';

/** Names, in the pod's namespace, of what running it needs. */
export interface PodReferences {
  readonly secret: string[];
  readonly configMap: string[];
  readonly claim: string[];
  readonly serviceAccount: string[];
  readonly resourceClaim: string[];
}

/** Everything that the pod's spec names; follows k8s.io/component-helpers VisitPodSecretNames and VisitPodConfigmapNames. */
export function podReferences(pod: Pod): PodReferences {
  const found: PodReferences = { secret: [], configMap: [], claim: [], serviceAccount: [], resourceClaim: [] };
  const spec = pod.spec;
  if (!spec) return found;
  if (spec.serviceAccountName) found.serviceAccount.push(spec.serviceAccountName);
  for (const { name } of spec.imagePullSecrets ?? []) push(found.secret, name);
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])]) visitContainer(container, found);
  for (const volume of spec.volumes ?? []) visitVolume(volume, pod.metadata.name ?? '', found);
  for (const claim of spec.resourceClaims ?? []) push(found.resourceClaim, claim.resourceClaimName ?? madeClaim(pod, claim.name));
  push(found.resourceClaim, pod.status?.extendedResourceClaimStatus?.resourceClaimName);
  return found;
}

/** The name of the claim that was made for a pod of a template; undefined while it is not, or when none is needed. */
function madeClaim({ status }: Pod, name: string | undefined): string | undefined {
  return status?.resourceClaimStatuses?.find((each) => each.name === name)?.resourceClaimName;
}

function push(list: string[], name: string | undefined): void {
  if (name) list.push(name);
}

function visitContainer(container: Pick<Container, 'env' | 'envFrom'>, found: PodReferences): void {
  for (const { secretRef, configMapRef } of container.envFrom ?? []) {
    push(found.secret, secretRef?.name);
    push(found.configMap, configMapRef?.name);
  }
  for (const { valueFrom } of container.env ?? []) {
    push(found.secret, valueFrom?.secretKeyRef?.name);
    push(found.configMap, valueFrom?.configMapKeyRef?.name);
  }
}

function visitVolume(volume: Volume, podName: string, found: PodReferences): void {
  push(found.secret, volume.secret?.secretName);
  push(found.configMap, volume.configMap?.name);
  push(found.claim, volume.persistentVolumeClaim?.claimName);
  // The claim of an ephemeral volume is named after the pod and the volume.
  if (volume.ephemeral) found.claim.push(`${podName}-${volume.name}`);
  for (const source of volume.projected?.sources ?? []) {
    push(found.secret, source.secret?.name);
    push(found.configMap, source.configMap?.name);
  }
  push(found.secret, volume.azureFile?.secretName);
  push(found.secret, volume.csi?.nodePublishSecretRef?.name);
  for (const source of [volume.cephfs, volume.cinder, volume.flexVolume, volume.rbd, volume.scaleIO, volume.iscsi, volume.storageos])
    push(found.secret, source?.secretRef?.name);
}
