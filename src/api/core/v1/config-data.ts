import { child, type FieldError, forbidden, invalid, key } from '../../machinery/field-error.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import { isConfigMapKey } from '../../machinery/names.ts';

const MAX_SIZE = 1024 * 1024;

/** What ConfigMaps and Secrets have in common; of Secrets the values are base64. */
interface ConfigData {
  immutable?: boolean | undefined;
  data?: Record<string, string> | undefined;
  binaryData?: Record<string, string> | undefined;
}

/** Keys that can be file names, each in one place, and all of it together not too large. */
export function validateConfigData({ data = {}, binaryData = {} }: ConfigData, isDataBase64: boolean): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [name, value] of Object.entries(data)) {
    errors.push(...isConfigMapKey(name).map((message) => invalid(key('data', name), name, message)));
    if (Object.hasOwn(binaryData, name)) errors.push(invalid(key('data', name), name, 'duplicate of key present in binaryData'));
    size += byteLengthOf(value, isDataBase64);
  }
  for (const [name, value] of Object.entries(binaryData)) {
    errors.push(...isConfigMapKey(name).map((message) => invalid(key('binaryData', name), name, message)));
    size += byteLengthOf(value, true);
  }
  // Upstream's path of a Secret's size is `data`, of a ConfigMap's the object itself.
  if (size > MAX_SIZE)
    errors.push({ type: 'FieldValueTooLong', field: isDataBase64 ? 'data' : '[]', message: `Too long: may not be more than ${MAX_SIZE} bytes` });
  return errors;
}

// Go keeps bytes that were null as null.
function byteLengthOf(value: string | null, isBase64: boolean): number {
  return value === null ? 0 : Buffer.byteLength(value, isBase64 ? 'base64' : 'utf8');
}

/** What was declared immutable stays so, with its data. */
export function validateConfigUpdate(object: ConfigData, old: ConfigData): FieldError[] {
  if (!old.immutable) return [];
  const text = 'field is immutable when `immutable` is set';
  const errors: FieldError[] = [];
  if (!object.immutable) errors.push(forbidden('immutable', text));
  for (const field of ['data', 'binaryData'] as const) {
    if (!jsonEqual(object[field] ?? {}, old[field] ?? {})) errors.push(forbidden(child('', field), text));
  }
  return errors;
}
