/** Uniqueness of items in lists of type `set` and `map`. Follows apiextensions-apiserver/pkg/apiserver/schema/listtype/validation.go. */
import { duplicate, type FieldError, invalid } from '../machinery/field-error.ts';
import type { JsonObject, JsonValue } from '../machinery/json.ts';
import { inOrder, isObject } from '../machinery/json-value.ts';
import { everySchema, itemsOf, type JsonSchema, propertyOf, valuesOf } from './json-schema.ts';

const withIdentity = new WeakMap<object, boolean>();
function hasIdentifiedItems(schema: JsonSchema): boolean {
  let has = withIdentity.get(schema);
  if (has === undefined) {
    has = everySchema(schema).some((each) => ['set', 'map'].includes(each['x-kubernetes-list-type'] ?? ''));
    withIdentity.set(schema, has);
  }
  return has;
}

/** Items that are there twice. */
export function validateListTypes(schema: JsonSchema | undefined, value: JsonValue, path = ''): FieldError[] {
  if (!schema || !hasIdentifiedItems(schema)) return [];
  const errors: FieldError[] = [];
  visit(schema, value, path, errors);
  return errors;
}

function visit(schema: JsonSchema, value: JsonValue | undefined, path: string, errors: FieldError[]): void {
  if (Array.isArray(value)) visitList(schema, value, path, errors);
  else if (isObject(value)) {
    for (const name in value) {
      const property = propertyOf(schema, name);
      if (property) visit(property, value[name], path ? `${path}.${name}` : name, errors);
      const values = valuesOf(schema);
      if (values) visit(values, value[name], `${path}[${name}]`, errors);
    }
  }
}

function visitList(schema: JsonSchema, list: JsonValue[], path: string, errors: FieldError[]): void {
  const type = schema['x-kubernetes-list-type'];
  if (type === 'set') errors.push(...repeated(list).map((i) => duplicate(`${path}[${i}]`, inOrder(list[i] as JsonValue))));
  else if (type === 'map') errors.push(...mapErrors(schema['x-kubernetes-list-map-keys'] ?? [], list, path));
  const items = itemsOf(schema);
  if (items) list.forEach((item, i) => visit(items, item, `${path}[${i}]`, errors));
}

function mapErrors(keys: readonly string[], list: JsonValue[], path: string): FieldError[] {
  const stranger = list.findIndex((item) => item !== null && !isObject(item));
  if (stranger >= 0) return [invalid(`${path}[${stranger}]`, inOrder(list[stranger] as JsonValue), 'must be an object for an array of list-type map')];
  const identities = list.map((item) => keysOf(keys, item));
  return repeated(identities).map((i) => duplicate(`${path}[${i}]`, identities[i]));
}
function keysOf(keys: readonly string[], item: JsonValue): JsonObject {
  const identity: JsonObject = {};
  // Go prints maps with sorted keys.
  for (const key of [...keys].sort()) {
    const value = isObject(item) && Object.hasOwn(item, key) ? item[key] : undefined;
    if (value !== undefined) identity[key] = value;
  }
  return identity;
}

/** The second appearance of every item that appears more than once. */
function repeated(list: readonly JsonValue[]): number[] {
  if (list.length <= 1) return [];
  const seen = new Map<string, number>();
  const found: number[] = [];
  list.forEach((item, i) => {
    const text = JSON.stringify(inOrder(item));
    const times = seen.get(text) ?? 0;
    if (times === 1) found.push(i);
    seen.set(text, times + 1);
  });
  return found;
}
