import { isStatus, keyOf, persistentVolumes } from '#api';
import type { PersistentVolume } from '#api/types/core-v1';
import type { Controller } from '../controller.ts';

const FINALIZER = 'kubernetes.io/pv-protection';

/** Lets volumes go once no claim is bound to them. Follows pkg/controller/volume/pvprotection/pv_protection_controller.go. */
export const pvProtectionController: Controller = {
  name: 'pvprotection',
  account: 'pv-protection-controller',
  connect({ client, informers, enqueue }) {
    const volumes = informers.informer(persistentVolumes);
    const changed = (volume: PersistentVolume): void => {
      if (wantedFinalizers(volume)) enqueue(keyOf(volume));
    };
    volumes.on({ added: changed, updated: changed });
    return async (key) => {
      const volume = volumes.store.get(key);
      const finalizers = volume && wantedFinalizers(volume);
      if (!finalizers) return 'done';
      try {
        await client.update(persistentVolumes, { ...volume, metadata: { ...volume.metadata, finalizers } });
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error;
      }
      return 'done';
    };
  },
};

/** The finalizers that the volume should have; undefined when it has them. */
export function wantedFinalizers({ metadata, status }: PersistentVolume): string[] | undefined {
  const present = metadata.finalizers ?? [];
  const isProtected = present.includes(FINALIZER);
  if (metadata.deletionTimestamp === undefined) return isProtected ? undefined : [...present, FINALIZER];
  return isProtected && status?.phase !== 'Bound' ? present.filter((each) => each !== FINALIZER) : undefined;
}
