/** Fills in a structural schema's defaults. Follows apiextensions-apiserver/pkg/apiserver/schema/defaulting/algorithm.go. */
import type { JsonValue } from '../machinery/json.ts';
import { cloneJson, setMember } from '../machinery/json-value.ts';
import { everySchema, hasDefault, isForbiddenNull, itemsOf, type JsonSchema, memberOf, valuesOf } from './json-schema.ts';

const withDefaults = new WeakMap<object, boolean>();

/** Whether there is anything to fill in at all. */
export function hasDefaults(schema: JsonSchema | undefined): boolean {
  if (!schema) return false;
  let has = withDefaults.get(schema);
  if (has === undefined) {
    has = everySchema(schema).some(hasDefault);
    withDefaults.set(schema, has);
  }
  return has;
}

/** Sets absent members, and nulls where none are allowed, to their defaults, in place. Says whether anything changed. */
export function fillDefaults(value: JsonValue | undefined, schema: JsonSchema | undefined): boolean {
  return schema !== undefined && hasDefaults(schema) && fill(value, schema);
}

function fill(value: JsonValue | undefined, schema: JsonSchema | undefined): boolean {
  if (!schema || typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) ? fillItems(value, schema) : fillMembers(value, schema);
}

function fillMembers(value: Record<string, JsonValue | undefined>, schema: JsonSchema): boolean {
  let changed = false;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (!hasDefault(property)) continue;
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    if (member !== undefined && !isForbiddenNull(member, property)) continue;
    setMember(value as Record<string, JsonValue>, name, cloneJson(property.default as JsonValue));
    changed = true;
  }
  const values = valuesOf(schema);
  for (const name in value) {
    const known = memberOf(schema, name);
    if (known && known === values && isForbiddenNull(value[name], known) && hasDefault(known)) {
      setMember(value as Record<string, JsonValue>, name, cloneJson(known.default as JsonValue));
      changed = true;
    }
    if (fill(value[name], known)) changed = true;
  }
  return changed;
}

function fillItems(value: JsonValue[], schema: JsonSchema): boolean {
  const items = itemsOf(schema);
  let changed = false;
  value.forEach((item, i) => {
    if (items && isForbiddenNull(item, items) && hasDefault(items)) {
      value[i] = cloneJson(items.default as JsonValue);
      changed = true;
    }
    if (fill(value[i], items)) changed = true;
  });
  return changed;
}
