import type { CSIStorageCapacity } from '#api/types/storage-v1';
import { invalidEach, NOT_NEGATIVE } from '../../core/v1/pod/checks.ts';
import { type FieldError, invalid } from '../../machinery/field-error.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { isDns1123Subdomain } from '../../machinery/names.ts';
import { compareQuantity } from '../../machinery/quantity.ts';
import { validateLabelSelector } from '../../machinery/selector.ts';

/** What is wrong with a CSIStorageCapacity; with `old`, label values that were let in before may stay. */
export function validateCsiStorageCapacity(object: CSIStorageCapacity, old?: CSIStorageCapacity): FieldError[] {
  const allowInvalidValues = validateLabelSelector(old?.nodeTopology, '').length > 0;
  const { nodeTopology, storageClassName, capacity } = object;
  const errors = validateLabelSelector(nodeTopology, 'nodeTopology', { allowInvalidValues });
  errors.push(...invalidEach('storageClassName', storageClassName, isDns1123Subdomain(storageClassName)));
  if (capacity !== undefined && compareQuantity(capacity, '0') < 0) errors.push(invalid('capacity', capacity, NOT_NEGATIVE));
  return errors;
}

/** What it is the capacity of stays. */
export function validateCsiStorageCapacityUpdate(object: CSIStorageCapacity, old: CSIStorageCapacity): FieldError[] {
  const plain = (value: unknown) => (value ?? null) as JsonValue;
  const errors = validateCsiStorageCapacity(object, old);
  if (!jsonEqual(plain(object.nodeTopology), plain(old.nodeTopology))) errors.push(invalid('nodeTopology', object.nodeTopology, 'field is immutable'));
  if (object.storageClassName !== old.storageClassName) errors.push(invalid('storageClassName', object.storageClassName, 'field is immutable'));
  return errors;
}
