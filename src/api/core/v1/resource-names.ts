import { type FieldError, invalid } from '../../machinery/field-error.ts';
import { isQualifiedName } from '../../machinery/names.ts';
import { invalidEach } from './pod/checks.ts';

const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
const COUNTED = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];
const QUOTA = new Set([...COMPUTE, ...COMPUTE.flatMap((name) => [`requests.${name}`, `limits.${name}`]), 'requests.storage', ...COUNTED]);

/** A resource by a standard name, or one that says whose it is. */
export function resourceName(path: string, name: string): FieldError[] {
  const errors = invalidEach(path, name, isQualifiedName(name));
  if (errors.length || name.includes('/') || name === 'storage' || isStandardForQuota(name)) return errors;
  return [invalid(path, name, 'must be a standard resource type or fully qualified')];
}
/** Whether quotas may limit it by this name. */
export function isStandardForQuota(name: string): boolean {
  return QUOTA.has(name) || name.startsWith('hugepages-') || name.startsWith('requests.hugepages-');
}
/** Whether only whole numbers of it make sense. */
export function isCounted(name: string): boolean {
  return COUNTED.includes(name) || (name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.'));
}
