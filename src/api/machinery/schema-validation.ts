/** Validation that the schema alone allows, for kinds without rules of their own: required fields and closed sets of values. */
import { type FieldError, notSupported, required } from './field-error.ts';
import type { JsonValue } from './json.ts';
import { isObject } from './json-value.ts';
import type { ObjectSchema, TypeSchema } from './schema.ts';

/** What the object lacks or has outside of an enum. Paths start at `path` (default: the object's root). */
export function validateBySchema(schema: ObjectSchema, object: object, path = ''): FieldError[] {
  const errors: FieldError[] = [];
  validate(schema, object as JsonValue, path, errors);
  return errors;
}

function validate(type: TypeSchema, value: JsonValue, path: string, errors: FieldError[]): void {
  switch (type.kind) {
    case 'scalar':
      // An empty value is an unset one: whether that is allowed is a matter of `required`.
      if (type.enum && typeof value === 'string' && value !== '' && !type.enum.includes(value)) errors.push(notSupported(path, value, [...type.enum].sort()));
      return;
    case 'list':
      if (needsNothing(type.element) || !Array.isArray(value)) return;
      value.forEach((item, i) => validate(type.element, item, `${path}[${i}]`, errors));
      return;
    case 'map':
      if (needsNothing(type.value) || !isObject(value)) return;
      for (const [name, member] of Object.entries(value)) if (member !== undefined) validate(type.value, member, `${path}[${name}]`, errors);
      return;
    case 'object':
      if (isObject(value)) validateFields(type, value, path, errors);
  }
}
function needsNothing(type: TypeSchema): boolean {
  return type.kind === 'scalar' && !type.enum;
}
function validateFields(schema: ObjectSchema, object: Record<string, JsonValue | undefined>, path: string, errors: FieldError[]): void {
  for (const field of schema.fields.values()) {
    const value = object[field.name];
    const at = path ? `${path}.${field.name}` : field.name;
    if (value === undefined || value === null || value === '') {
      if (field.isRequired && field.type.kind !== 'object') errors.push(required(at));
    } else if (field.isRequired && field.type.kind === 'list' && Array.isArray(value) && value.length === 0) errors.push(required(at));
    else if (!needsNothing(field.type)) validate(field.type, value, at, errors);
  }
}
