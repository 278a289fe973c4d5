/** How much of a device's capacity may be asked for. Follows validateRequestPolicy of pkg/apis/resource/validation. */
import type { CapacityRequestPolicy, CapacityRequestPolicyRange, DeviceCapacity } from '#api/types/resource-v1';
import { type FieldError, forbidden, index, invalid, required } from '../../machinery/field-error.ts';
import { addQuantity, canonicalQuantity, compareQuantity, formatQuantity, quantityValue } from '../../machinery/quantity.ts';
import { setErrors } from './collections.ts';

const MAX_VALUES = 10;

/** What is wrong with a capacity. Only a device that may be allocated several times can have a policy. */
export function capacityErrors({ value, requestPolicy }: DeviceCapacity, path: string, isShared: boolean): FieldError[] {
  if (!requestPolicy) return [];
  const at = `${path}.requestPolicy`;
  if (!isShared) return [forbidden(at, 'allowMultipleAllocations must be true')];
  const { validValues, validRange } = requestPolicy;
  if (validValues?.length && validRange) {
    return [forbidden(at, 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time')];
  }
  return policyErrors(value, requestPolicy, at);
}

function policyErrors(most: string, { default: preset, validValues, validRange }: CapacityRequestPolicy, path: string): FieldError[] {
  const hasPreset = preset !== undefined && preset !== null;
  if (validValues?.length) {
    return hasPreset ? valuesErrors(preset, most, validValues, `${path}.validValues`) : [required(`${path}.default`, 'required when validValues is defined')];
  }
  if (!validRange) return [];
  return hasPreset ? rangeErrors(preset, most, validRange, `${path}.validRange`) : [required(`${path}.default`, 'required when validRange is defined')];
}

function valuesErrors(preset: string, most: string, values: readonly string[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  values.forEach((value, i) => {
    if (i > 0 && isMore(values[i - 1] ?? '', value)) errors.push(invalid(index(path, i), show(value), 'values must be sorted in ascending order'));
  });
  const check = (value: string, at: string): FieldError[] =>
    isMore(value, most) ? [invalid(at, show(value), `option is larger than capacity value: ${show(most)}`)] : [];
  errors.push(...setErrors(values, MAX_VALUES, path, check, (value) => String(quantityValue(value))));
  const isListed = values.length <= MAX_VALUES && values.some((value) => compareQuantity(value, preset) === 0);
  if (!isListed) errors.push(invalid(path, show(preset), 'default value is not valid according to the requestPolicy'));
  return errors;
}

function rangeErrors(preset: string, most: string, range: CapacityRequestPolicyRange, path: string): FieldError[] {
  const { min, max } = range;
  if ((min as string | null | undefined) === undefined || min === null) return [required(`${path}.min`, 'required when validRange is defined')];
  const errors: FieldError[] = [];
  if (isMore(min, most)) errors.push(invalid(`${path}.min`, show(min), `min is larger than capacity value: ${show(most)}`));
  if (isMore(min, preset)) errors.push(invalid(`${path}.min`, show(preset), `default is less than min: ${show(min)}`));
  if (max !== undefined) {
    if (isMore(min, max)) errors.push(invalid(`${path}.max`, show(min), `min is larger than max: ${show(max)}`));
    if (isMore(max, most)) errors.push(invalid(`${path}.max`, show(max), `max is larger than capacity value: ${show(most)}`));
    if (isMore(preset, max)) errors.push(invalid(`${path}.max`, show(preset), `default is more than max: ${show(max)}`));
  }
  return [...errors, ...stepErrors(preset, most, range, `${path}.step`)];
}

function stepErrors(preset: string, most: string, { min, max, step }: CapacityRequestPolicyRange, path: string): FieldError[] {
  if (step === undefined) return [];
  const errors: FieldError[] = [];
  const first = addQuantity(min, step);
  if (compareQuantity(first, most) > 0) {
    errors.push(invalid(path, show(step), `one step ${formatQuantity(first)} is larger than capacity value: ${show(most)}`));
  }
  for (const value of [preset, ...(max === undefined ? [] : [max])]) {
    if ((quantityValue(value) - quantityValue(min)) % quantityValue(step) !== 0) {
      errors.push(invalid(path, show(value), `value is not a multiple of a given step (${show(step)}) from (${show(min)})`));
    }
  }
  return errors;
}

function isMore(a: string, b: string): boolean {
  return compareQuantity(a, b) > 0;
}
function show(quantity: string): string {
  return canonicalQuantity(quantity);
}
