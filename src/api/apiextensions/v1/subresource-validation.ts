/** Rules for subresources, printer columns and selectable fields. Follows pkg/apis/apiextensions/validation. */
import type { CustomResourceColumnDefinition, CustomResourceSubresources, SelectableField } from '#api/types/apiextensions-v1';
import { duplicate, type FieldError, invalid, required, tooMany } from '../../machinery/field-error.ts';
import type { JsonSchema } from '../../custom/json-schema.ts';
import { findSchemaPath } from '../../custom/schema-path.ts';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const MAX_SELECTABLE_FIELDS = 8;

export function validateSubresources(subresources: CustomResourceSubresources | undefined, path: string): FieldError[] {
  const scale = subresources?.scale;
  if (!scale) return [];
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  const replicas = (value: string, field: string, parent: string): FieldError[] => {
    const at = `${path}.scale.${field}`;
    if (!value) return [required(at)];
    const errors = simplePathErrors(value, at);
    return errors.length > 0 || value.startsWith(`.${parent}.`) ? errors : [invalid(at, value, `should be a json path under .${parent}`)];
  };
  return [
    ...replicas(specReplicasPath, 'specReplicasPath', 'spec'),
    ...replicas(statusReplicasPath, 'statusReplicasPath', 'status'),
    ...(labelSelectorPath ? selectorPathErrors(labelSelectorPath, `${path}.scale.labelSelectorPath`) : []),
  ];
}
function selectorPathErrors(value: string, path: string): FieldError[] {
  const errors = simplePathErrors(value, path);
  if (errors.length > 0 || value.startsWith('.spec.') || value.startsWith('.status.')) return errors;
  return [invalid(path, value, 'should be a json path under either .spec or .status')];
}
function simplePathErrors(value: string, path: string): FieldError[] {
  if (value === '') return [invalid(path, value, 'must not be empty')];
  return value.startsWith('.') ? [] : [invalid(path, value, 'must be a simple json path starting with .')];
}

export function validateColumn(column: CustomResourceColumnDefinition, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { name, type, format, jsonPath } = column;
  if (!name) errors.push(required(`${path}.name`));
  if (!type) errors.push(required(`${path}.type`, `must be one of ${COLUMN_TYPES.join(',')}`));
  else if (!COLUMN_TYPES.includes(type)) errors.push(invalid(`${path}.type`, type, `must be one of ${COLUMN_TYPES.join(',')}`));
  if (format && !COLUMN_FORMATS.includes(format)) errors.push(invalid(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(',')}`));
  if (!jsonPath) errors.push(required(`${path}.JSONPath`));
  else errors.push(...simplePathErrors(jsonPath, `${path}.JSONPath`));
  return errors;
}

export function validateSelectableFields(
  fields: readonly SelectableField[],
  schema: JsonSchema,
  path: string,
  options: { allowsTooMany: boolean },
): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  fields.forEach(({ jsonPath }, i) => {
    const at = `${path}[${i}].jsonPath`;
    if (!jsonPath) return errors.push(required(at));
    const found = findSchemaPath(jsonPath, schema, { allowsBrackets: false });
    if ('error' in found) return errors.push(invalid(at, jsonPath, `is an invalid path: ${found.error}`));
    if (found.root === 'metadata') errors.push(invalid(at, jsonPath, 'must not point to fields in metadata'));
    if (!['string', 'boolean', 'integer'].includes(found.schema?.type ?? '')) {
      const text = 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
      errors.push(invalid(at, jsonPath, text));
    }
    if (seen.has(found.path)) errors.push(duplicate(at, jsonPath));
    return seen.add(found.path);
  });
  if (seen.size > MAX_SELECTABLE_FIELDS && !options.allowsTooMany) errors.push(tooMany(path, seen.size, MAX_SELECTABLE_FIELDS));
  return errors;
}

/** Whether there are more selectable fields than new definitions may have. */
export function hasTooManyFields(fields: readonly SelectableField[] | undefined): boolean {
  return (fields?.length ?? 0) > MAX_SELECTABLE_FIELDS;
}
