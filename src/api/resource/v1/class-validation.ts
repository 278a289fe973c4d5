/** DeviceClasses. Follows ValidateDeviceClass of pkg/apis/resource/validation. */
import type { DeviceClass } from '#api/types/resource-v1';
import { type FieldError, invalid } from '../../machinery/field-error.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { isQualifiedName } from '../../machinery/names.ts';
import { listErrors } from './collections.ts';
import { configurationErrors, MAX_CONFIGS, selectorsErrors } from './device-validation.ts';

/** What is wrong with a class. What `old` had may be longer than what is new. */
export function validateDeviceClass({ spec }: DeviceClass, old?: DeviceClass): FieldError[] {
  const { selectors, config, extendedResourceName: name } = spec;
  const areConfigsKept = old !== undefined && jsonEqual(plain(config), plain(old.spec.config));
  const errors = [
    ...selectorsErrors(selectors, 'spec.selectors'),
    ...listErrors(config, MAX_CONFIGS, 'spec.config', (each, at) => configurationErrors(each, at, areConfigsKept)),
  ];
  if (name !== undefined && !isExtendedResource(name)) errors.push(invalid('spec.extendedResourceName', name, 'must be a valid extended resource name'));
  return errors;
}

/** A resource of someone's own, which can be counted. */
function isExtendedResource(name: string): boolean {
  if (!name.includes('/') || name.includes('kubernetes.io/') || name.startsWith('requests.')) return false;
  return isQualifiedName(`requests.${name}`).length === 0;
}
function plain(value: unknown): JsonValue {
  return (value ?? []) as JsonValue;
}
