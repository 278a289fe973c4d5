import { lookupTable } from '#lib';
import type { AdmissionPlugin } from '../contract.ts';
import { isFor } from './refuse.ts';

/** Whom a finalizer keeps from going while they are used; the controllers of these names take it off. */
const FINALIZERS = lookupTable<string>({
  persistentvolumes: 'kubernetes.io/pv-protection',
  persistentvolumeclaims: 'kubernetes.io/pvc-protection',
  volumeattributesclasses: 'kubernetes.io/vac-protection',
});

/** Lets volumes, claims and attributes classes stay until nobody uses them; follows plugin/pkg/admission/storage/storageobjectinuseprotection. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  admit(request) {
    const { resource, operation, object } = request;
    const finalizer = FINALIZERS[resource.plural];
    const group = resource.plural === 'volumeattributesclasses' ? 'storage.k8s.io' : '';
    if (!finalizer || operation !== 'CREATE' || !object || !isFor(request, resource.plural, group)) return;
    const present = object.metadata.finalizers ?? [];
    if (!present.includes(finalizer)) object.metadata.finalizers = [...present, finalizer];
  },
};
