import type { ObjectMeta } from '#api/types/meta-v1';

const SHORT_MODES: Readonly<Record<string, string>> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };

/** Access modes in their short form, in upstream's order: `RWO,ROX`. */
export function formatAccessModes(modes: readonly string[] | undefined): string {
  return Object.keys(SHORT_MODES)
    .filter((mode) => modes?.includes(mode))
    .map((mode) => SHORT_MODES[mode])
    .join(',');
}

/** The class of a volume or claim: the old annotation outweighs the field. */
export function storageClassOf(metadata: ObjectMeta, storageClassName: string | undefined): string {
  return metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? storageClassName ?? '';
}

/** Whether a StorageClass is marked as the cluster's default, by either annotation. */
export function isDefaultClass(metadata: ObjectMeta): boolean {
  const { annotations } = metadata;
  return (
    annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true' || annotations?.['storageclass.beta.kubernetes.io/is-default-class'] === 'true'
  );
}

/** Whether a VolumeAttributesClass is marked as the cluster's default. */
export function isDefaultAttributesClass(metadata: ObjectMeta): boolean {
  return metadata.annotations?.['volumeattributesclass.kubernetes.io/is-default-class'] === 'true';
}
