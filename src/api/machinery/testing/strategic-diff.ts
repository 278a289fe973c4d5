/** Two-way strategic merge patches, made as kubectl makes them: what strategicMergePatch is tested with. */
import type { JsonObject, JsonValue } from '../json.ts';
import { isObject, jsonEqual } from '../json-value.ts';
import type { FieldSchema, TypeSchema } from '../schema.ts';

type Schema = TypeSchema | undefined;

function fieldOf(schema: Schema, name: string): FieldSchema | undefined {
  return schema?.kind === 'object' ? schema.fields.get(name) : undefined;
}
function typeOf(schema: Schema, name: string): Schema {
  return fieldOf(schema, name)?.type ?? (schema?.kind === 'map' ? schema.value : undefined);
}

/** The patch that makes `to` of `from`, order of merged lists included. */
export function strategicDiff(schema: Schema, from: JsonObject, to: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const name of Object.keys(from)) if (to[name] === undefined) patch[name] = null;
  for (const [name, value] of Object.entries(to)) {
    const before = from[name];
    if (value === undefined || jsonEqual(before, value)) continue;
    const field = fieldOf(schema, name);
    const strategies = field?.patchStrategies ?? [];
    if (isObject(before) && isObject(value) && !strategies.includes('replace')) {
      const change = strategicDiff(typeOf(schema, name), before, value);
      patch[name] = strategies.includes('retainKeys') ? { ...change, $retainKeys: Object.keys(value) } : change;
    } else if (Array.isArray(before) && Array.isArray(value) && strategies.includes('merge')) {
      Object.assign(patch, listDiff(field as FieldSchema, before, value));
    } else patch[name] = value;
  }
  return patch;
}

function listDiff({ name, type, patchMergeKey }: FieldSchema, from: JsonValue[], to: JsonValue[]): JsonObject {
  if (!patchMergeKey) {
    const [added, gone] = [to.filter((item) => !from.includes(item)), from.filter((item) => !to.includes(item))];
    return { [`$setElementOrder/${name}`]: to, [`$deleteFromPrimitiveList/${name}`]: gone, ...(added.length > 0 ? { [name]: added } : {}) };
  }
  const element = type.kind === 'list' ? type.element : undefined;
  const keyOf = (item: JsonValue): JsonValue => (item as JsonObject)[patchMergeKey] as JsonValue;
  const changes = to.flatMap((item) => {
    const before = from.find((other) => jsonEqual(keyOf(other), keyOf(item)));
    const change = before === undefined ? (item as JsonObject) : strategicDiff(element, before as JsonObject, item as JsonObject);
    return Object.keys(change).length > 0 ? [{ ...change, [patchMergeKey]: keyOf(item) }] : [];
  });
  const gone = from.filter((item) => !to.some((other) => jsonEqual(keyOf(other), keyOf(item))));
  const deletions = gone.map((item) => ({ $patch: 'delete', [patchMergeKey]: keyOf(item) }));
  const order = to.map((item) => ({ [patchMergeKey]: keyOf(item) }));
  return { [`$setElementOrder/${name}`]: order, ...(changes.length + deletions.length > 0 ? { [name]: [...changes, ...deletions] } : {}) };
}

/** The value as patches can reach it: no nulls, items of merged lists with keys of their own. */
export function patchable(schema: Schema, value: JsonValue, fresh: () => string, field?: FieldSchema): JsonValue {
  if (Array.isArray(value)) {
    const element = schema?.kind === 'list' ? schema.element : undefined;
    const items = value.filter((item) => item !== null).map((item) => patchable(element, item, fresh));
    return field?.patchStrategies.includes('merge') ? distinct(items, field.patchMergeKey, fresh) : items;
  }
  if (!isObject(value) || schema?.kind === 'scalar') return value;
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, patchable(typeOf(schema, name), member as JsonValue, fresh, fieldOf(schema, name))]));
}
function distinct(items: JsonValue[], mergeKey: string | undefined, fresh: () => string): JsonValue[] {
  if (!mergeKey) return [...new Set(items)];
  const seen = new Set<string>();
  return items.filter((item) => {
    const keyed = item as JsonObject;
    keyed[mergeKey] ??= fresh();
    const key = JSON.stringify(keyed[mergeKey]);
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
