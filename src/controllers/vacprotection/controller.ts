import { isStatus, keyOf, type KubeObject, persistentVolumeClaims, persistentVolumes, volumeAttributesClasses } from '#api';
import type { PersistentVolume, PersistentVolumeClaim } from '#api/types/core-v1';
import type { VolumeAttributesClass } from '#api/types/storage-v1';
import type { Controller } from '../controller.ts';

const FINALIZER = 'kubernetes.io/vac-protection';
const BY_CLASS = 'volumeattributesclass';

/** Lets attributes classes go once no volume and no claim names them. Follows pkg/controller/volume/vacprotection/vac_protection_controller.go. */
export const vacProtectionController: Controller = {
  name: 'vacprotection',
  account: 'volumeattributesclass-protection-controller',
  connect({ client, informers, enqueue }) {
    const classes = informers.informer(volumeAttributesClasses);
    const claims = informers.informer(persistentVolumeClaims);
    const volumes = informers.informer(persistentVolumes);
    claims.store.addIndex(BY_CLASS, classesOfClaim);
    volumes.store.addIndex(BY_CLASS, classesOfVolume);
    const isUsed = (name: string): boolean => claims.store.byIndex(BY_CLASS, name).length > 0 || volumes.store.byIndex(BY_CLASS, name).length > 0;
    const changed = (found: VolumeAttributesClass & KubeObject): void => {
      if (wantedFinalizers(found, false)) enqueue(keyOf(found));
    };
    const released = (names: readonly string[]): void => {
      for (const name of names) if (classes.store.get(name)?.metadata.deletionTimestamp !== undefined) enqueue(name);
    };
    classes.on({ added: changed, updated: changed });
    claims.on({ updated: (_claim, old) => released(classesOfClaim(old)), deleted: (claim) => released(classesOfClaim(claim)) });
    volumes.on({ updated: (_volume, old) => released(classesOfVolume(old)), deleted: (volume) => released(classesOfVolume(volume)) });
    return async (key) => {
      const found = classes.store.get(key);
      const finalizers = found && wantedFinalizers(found, isUsed(key));
      if (!finalizers) return 'done';
      try {
        await client.update(volumeAttributesClasses, { ...found, metadata: { ...found.metadata, finalizers } });
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error;
      }
      return 'done';
    };
  },
};

/** The finalizers that the class should have; undefined when it has them. */
export function wantedFinalizers({ metadata }: VolumeAttributesClass, isUsed: boolean): string[] | undefined {
  const present = metadata.finalizers ?? [];
  const isProtected = present.includes(FINALIZER);
  if (metadata.deletionTimestamp === undefined) return isProtected ? undefined : [...present, FINALIZER];
  return isProtected && !isUsed ? present.filter((each) => each !== FINALIZER) : undefined;
}

/** The classes that a claim has, wants, or is on its way to. */
export function classesOfClaim({ spec, status }: PersistentVolumeClaim): string[] {
  const names = [spec.volumeAttributesClassName, status?.currentVolumeAttributesClassName, status?.modifyVolumeStatus?.targetVolumeAttributesClassName];
  return [...new Set(names.filter((name) => name !== undefined && name !== ''))] as string[];
}
function classesOfVolume({ spec }: PersistentVolume): string[] {
  return spec?.volumeAttributesClassName ? [spec.volumeAttributesClassName] : [];
}
