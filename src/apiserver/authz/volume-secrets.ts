import type { PersistentVolume, PersistentVolumeSpec, SecretReference } from '#api/types/core-v1';

/** Sources that a kubelet mounts with one secret, in the claim's namespace where the volume names none. */
const WITH_SECRET = ['cephfs', 'flexVolume', 'rbd', 'scaleIO', 'iscsi'] as const;

/**
 * `namespace/name` of every Secret that mounting a bound volume needs; what only controllers need is not among them.
 * Follows pkg/api/v1/persistentvolume VisitPVSecretNames.
 */
export function volumeSecrets({ spec }: PersistentVolume): string[] {
  if (!spec?.claimRef) return [];
  const found: string[] = [];
  const add = (namespace: string | undefined, name: string | undefined): void => {
    if (name) found.push(`${namespace ?? ''}/${name}`);
  };
  const claimNamespace = spec.claimRef.namespace;
  if (spec.azureFile) add(spec.azureFile.secretNamespace || claimNamespace, spec.azureFile.secretName);
  for (const source of WITH_SECRET) {
    const ref: SecretReference | undefined = spec[source]?.secretRef;
    add(ref?.namespace || claimNamespace, ref?.name);
  }
  for (const ref of ownNamespaceRefs(spec)) add(ref?.namespace, ref?.name);
  return found;
}

/** Those that always say in which namespace their secret is. */
function ownNamespaceRefs({ cinder, storageos, csi }: PersistentVolumeSpec): (SecretReference | undefined)[] {
  return [cinder?.secretRef, storageos?.secretRef, csi?.nodePublishSecretRef, csi?.nodeStageSecretRef, csi?.nodeExpandSecretRef];
}
