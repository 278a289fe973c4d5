import { compareQuantity, storageClasses } from '#api';
import type { PersistentVolumeClaim } from '#api/types/core-v1';
import type { AdmissionPlugin, ObjectReader } from '../contract.ts';
import { isFor, refuse } from './refuse.ts';

/** Claims grow only where their storage class says that volumes can; follows plugin/pkg/admission/storage/persistentvolume/resize. */
export function createPersistentVolumeClaimResize(reader: ObjectReader): AdmissionPlugin {
  return {
    name: 'PersistentVolumeClaimResize',
    validate(request) {
      if (!isFor(request, 'persistentvolumeclaims') || request.operation !== 'UPDATE') return;
      const [claim, old] = [request.object, request.oldObject] as [PersistentVolumeClaim, PersistentVolumeClaim];
      if (compareQuantity(sizeOf(claim), sizeOf(old)) <= 0) return;
      if (old.status?.phase !== 'Bound') throw refuse(request, 'Only bound persistent volume claims can be expanded');
      const className = classOf(claim);
      const isSameClass = className !== '' && className === classOf(old);
      if (isSameClass && reader.get(storageClasses, { name: className })?.allowVolumeExpansion) return;
      throw refuse(request, 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize');
    },
  };
}

function sizeOf({ spec }: PersistentVolumeClaim): string {
  return spec.resources?.requests?.['storage'] ?? '0';
}
function classOf({ metadata, spec }: PersistentVolumeClaim): string {
  return metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName ?? '';
}
