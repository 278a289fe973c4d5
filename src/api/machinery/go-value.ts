import type { JsonValue } from './json.ts';
import { type FieldSchema, type ObjectSchema, schemaOf, type SchemaRef, type TypeSchema } from './schema.ts';

/**
 * A value as upstream prints its internal struct in errors: members have Go's names, none is left out.
 * Structs of meta/v1 are the same in and out, and keep their own names.
 */
export function goValue(ref: SchemaRef, value: unknown): JsonValue {
  return printed(schemaOf(ref), value as JsonValue | undefined);
}

function printed(type: TypeSchema, value: JsonValue | undefined): JsonValue {
  const isNothing = value === undefined || value === null;
  switch (type.kind) {
    case 'object':
      return type.groupVersion === 'meta/v1' ? (value ?? {}) : members(type, (value ?? {}) as Readonly<Record<string, JsonValue>>);
    case 'list':
      return isNothing ? null : (value as JsonValue[]).map((each) => printed(type.element, each));
    case 'map':
      return isNothing ? null : Object.fromEntries(Object.entries(value as object).map(([name, each]) => [name, printed(type.value, each as JsonValue)]));
    case 'scalar':
      return isNothing ? (ZEROS[type.scalar] ?? null) : value;
  }
}

const ZEROS: Readonly<Record<string, JsonValue>> = { string: '', bool: false, int32: 0, int64: 0, uint16: 0, float64: 0, quantity: '0', intOrString: 0 };

function members(type: ObjectSchema, value: Readonly<Record<string, JsonValue>>): JsonValue {
  const entries: [string, JsonValue][] = [];
  for (const field of type.fields.values()) {
    const member = value[field.name];
    // Embedded.
    if (field.name === 'metadata') entries.push(...Object.entries((member ?? {}) as Record<string, JsonValue>));
    else entries.push([goName(type, field), field.isPointer && (member === undefined || member === null) ? null : printed(field.type, member)]);
  }
  return Object.fromEntries(entries);
}

/** Names that are not the field's with a capital. */
const NAMES: Readonly<Record<string, string>> = { cel: 'CEL', apiGroup: 'APIGroup', apiGroups: 'APIGroups', apiVersion: 'APIVersion', uid: 'UID' };
/** The values that a device's attribute can have. */
const VALUES: Readonly<Record<string, string>> = {
  int: 'IntValue',
  bool: 'BoolValue',
  string: 'StringValue',
  version: 'VersionValue',
  ints: 'IntValues',
  bools: 'BoolValues',
  strings: 'StringValues',
  versions: 'VersionValues',
};

function goName({ struct }: ObjectSchema, { name }: FieldSchema): string {
  const special = struct === 'DeviceAttribute' ? VALUES[name] : NAMES[name];
  return special ?? name.charAt(0).toUpperCase() + name.slice(1);
}
