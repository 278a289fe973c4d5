import type { StorageClass } from '#api/types/storage-v1';
import { child, type FieldError, forbidden, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import { isQualifiedName } from '../../machinery/names.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';

const MAX_PARAMETERS = 512;

/** What is wrong with a StorageClass. */
export function validateStorageClass(object: StorageClass): FieldError[] {
  const { provisioner, parameters = {}, reclaimPolicy, volumeBindingMode, allowedTopologies } = object;
  const errors: FieldError[] = [];
  if (!provisioner) errors.push(required('provisioner'));
  else errors.push(...isQualifiedName(provisioner.toLowerCase()).map((message) => invalid('provisioner', provisioner, message)));
  if (Object.keys(parameters).length > MAX_PARAMETERS) {
    errors.push({ type: 'FieldValueTooLong', field: 'parameters', message: `Too long: may not be more than ${MAX_PARAMETERS} bytes` });
  }
  for (const name of Object.keys(parameters)) if (!name) errors.push(invalid('parameters', name, 'field can not be empty.'));
  if (reclaimPolicy && reclaimPolicy !== 'Delete' && reclaimPolicy !== 'Retain')
    errors.push(notSupported('reclaimPolicy', reclaimPolicy, ['Delete', 'Retain']));
  const modes = ['Immediate', 'WaitForFirstConsumer'];
  if (!volumeBindingMode) errors.push(required('volumeBindingMode'));
  else if (!modes.includes(volumeBindingMode)) errors.push(notSupported('volumeBindingMode', volumeBindingMode, modes));
  for (const [i, { matchLabelExpressions }] of (allowedTopologies ?? []).entries()) {
    for (const [j, { key, values }] of (matchLabelExpressions ?? []).entries()) {
      const at = index(child(index('allowedTopologies', i), 'matchLabelExpressions'), j);
      if (!values?.length) errors.push(required(child(at, 'values')));
      errors.push(...isQualifiedName(key).map((message) => invalid(child(at, 'key'), key, message)));
    }
  }
  return errors;
}

/** Volumes were made by the class as it is. */
export function validateStorageClassUpdate(object: StorageClass, old: StorageClass): FieldError[] {
  const errors: FieldError[] = [];
  if (!jsonEqual(object.parameters ?? {}, old.parameters ?? {})) errors.push(forbidden('parameters', 'updates to parameters are forbidden.'));
  if (object.provisioner !== old.provisioner) errors.push(forbidden('provisioner', 'updates to provisioner are forbidden.'));
  if (object.reclaimPolicy !== old.reclaimPolicy) errors.push(forbidden('reclaimPolicy', 'updates to reclaimPolicy are forbidden.'));
  return [...errors, ...validateImmutable(object.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode')];
}
