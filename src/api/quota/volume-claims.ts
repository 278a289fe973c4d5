import type { PersistentVolumeClaim } from '#api/types/core-v1';
import { compareQuantity, parseQuantity, type Quantity, quantityOf, scaledValue } from '../machinery/quantity.ts';
import { oneOf } from './amounts.ts';
import { type QuotaEvaluator, valueInScope } from './evaluator.ts';

const COUNT = 'count/persistentvolumeclaims';
const RESOURCES = ['persistentvolumeclaims', 'requests.storage'];
const CLASS_SUFFIX = '.storageclass.storage.k8s.io/';

/** Claims and the storage they ask for, in all and by class; follows pkg/quota/v1/evaluator/core/persistent_volume_claims.go. */
export const volumeClaimEvaluator: QuotaEvaluator = {
  group: '',
  plural: 'persistentvolumeclaims',
  handles({ operation, subresource, object, oldObject }) {
    if (subresource === '') return operation === 'CREATE' || operation === 'UPDATE';
    return subresource === 'status' && oldObject !== undefined && changesClaimUsage(object as PersistentVolumeClaim, oldObject as PersistentVolumeClaim);
  },
  matchingResources: (names) =>
    names.filter((name) => name === COUNT || RESOURCES.includes(name) || RESOURCES.some((resource) => name.endsWith(CLASS_SUFFIX + resource))),
  usage(object) {
    const claim = object as PersistentVolumeClaim;
    const usage = oneOf('persistentvolumeclaims', COUNT);
    const className = claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? claim.spec.storageClassName;
    const storage = storageOf(claim);
    if (className) usage.set(`${className}${CLASS_SUFFIX}persistentvolumeclaims`, quantityOf(1));
    if (storage) usage.set('requests.storage', storage);
    if (storage && className) usage.set(`${className}${CLASS_SUFFIX}requests.storage`, storage);
    return usage;
  },
  inScope(requirement, object) {
    if (requirement.scopeName !== 'VolumeAttributesClass') return false;
    const names = attributesClasses(object as PersistentVolumeClaim);
    return names.length > 0 ? names.some((name) => valueInScope(requirement, name)) : valueInScope(requirement, '');
  },
};

/** Whole bytes: what is asked for, or what an expansion under way has reserved where that is more. */
function storageOf({ spec, status }: PersistentVolumeClaim): Quantity | undefined {
  const asked = spec.resources?.requests?.['storage'];
  if (asked === undefined) return undefined;
  const allocated = status?.allocatedResources?.['storage'];
  const larger = parseQuantity(allocated !== undefined && compareQuantity(allocated, asked) > 0 ? allocated : asked);
  return quantityOf(scaledValue(larger, 0), larger.format);
}

/** The attributes classes that a claim has, asks for or is on the way to. */
function attributesClasses({ spec, status }: PersistentVolumeClaim): string[] {
  const names = [spec.volumeAttributesClassName, status?.currentVolumeAttributesClassName, status?.modifyVolumeStatus?.targetVolumeAttributesClassName];
  return [...new Set(names.filter((name): name is string => Boolean(name)))].sort();
}

/** Whether a change of the status changes what is used. */
export function changesClaimUsage(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const allocated = ({ status }: PersistentVolumeClaim): string => status?.allocatedResources?.['storage'] ?? '0';
  return compareQuantity(allocated(claim), allocated(old)) !== 0 || attributesClasses(claim).join() !== attributesClasses(old).join();
}
