import type { PersistentVolumeClaim } from '#api/types/core-v1';
import { type FieldError, forbidden, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { isDns1123Subdomain } from '../../machinery/names.ts';
import { compareQuantity } from '../../machinery/quantity.ts';
import { validateLabelSelector } from '../../machinery/selector.ts';

const MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** What is wrong with a claim. */
export function validateClaim({ spec }: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = [];
  const { accessModes = [], resources, storageClassName, volumeMode, selector } = spec;
  if (!accessModes.length) errors.push(required('spec.accessModes', 'at least 1 access mode is required'));
  if (selector) errors.push(...validateLabelSelector(selector, 'spec.selector'));
  for (const mode of accessModes) if (!MODES.includes(mode)) errors.push(notSupported('spec.accessModes', mode, MODES));
  if (accessModes.includes('ReadWriteOncePod') && accessModes.length > 1) {
    errors.push(forbidden('spec.accessModes', 'may not use ReadWriteOncePod with other access modes'));
  }
  const size = resources?.requests?.['storage'];
  if (size === undefined) errors.push(required('spec.resources[storage]'));
  else if (compareQuantity(size, '0') <= 0) errors.push(invalid('spec.resources[storage]', size, 'must be greater than zero'));
  if (storageClassName) errors.push(...isDns1123Subdomain(storageClassName).map((message) => invalid('spec.storageClassName', storageClassName, message)));
  if (volumeMode !== undefined && volumeMode !== 'Block' && volumeMode !== 'Filesystem') {
    errors.push(notSupported('spec.volumeMode', volumeMode, ['Block', 'Filesystem']));
  }
  return errors;
}

/** A claim may be bound, and grow; nothing else of it changes. */
export function validateClaimUpdate({ spec, status }: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const allowed = { ...spec, volumeAttributesClassName: old.spec.volumeAttributesClassName };
  if (!old.spec.volumeName) allowed.volumeName = old.spec.volumeName;
  if (old.spec.storageClassName === undefined) allowed.storageClassName = undefined;
  const [size, before] = [spec.resources?.requests?.['storage'], old.spec.resources?.requests?.['storage']];
  const isBound = (status?.phase ?? old.status?.phase) === 'Bound';
  if (isBound) allowed.resources = old.spec.resources;
  if (!jsonEqual(allowed as unknown as JsonValue, old.spec as unknown as JsonValue)) {
    const text = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    return [forbidden('spec', text)];
  }
  if (isBound && size !== undefined && before !== undefined && compareQuantity(size, before) < 0) {
    return [forbidden('spec.resources.requests.storage', 'field can not be less than previous value')];
  }
  return [];
}
