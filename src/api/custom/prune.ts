/** Removes what a structural schema does not know. Follows apiextensions-apiserver/pkg/apiserver/schema/pruning/algorithm.go. */
import type { JsonObject, JsonValue } from '../machinery/json.ts';
import { isObject, setMember } from '../machinery/json-value.ts';
import {
  hasAdditionalProperties,
  isEmbedded,
  isForbiddenNull,
  isMetaField,
  isPreserving,
  itemsOf,
  type JsonSchema,
  memberOf,
  propertyOf,
  valuesOf,
} from './json-schema.ts';
import { hasDefault } from './json-schema.ts';

/** Nothing is known: every member goes. */
const NOTHING: JsonSchema = {};

/**
 * The value without unknown members; parts of it are reused and changed. At a resource's root its type and metadata stay. The paths of what went are
 * added to `unknown`, sorted.
 */
export function pruneUnknown(value: JsonValue, schema: JsonSchema | undefined, options: { isRoot?: boolean; unknown?: string[] } = {}): JsonValue {
  const found: string[] = [];
  const pruned = prune(value, schema, { path: '', isRoot: options.isRoot === true, found });
  options.unknown?.push(...found.sort());
  return pruned;
}

interface Place {
  readonly path: string;
  readonly isRoot: boolean;
  readonly found: string[];
}
function inside(place: Place, name: string): Place {
  return { path: place.path ? `${place.path}.${name}` : name, isRoot: false, found: place.found };
}
function itemOf(place: Place, i: number): Place {
  return { path: `${place.path}[${i}]`, isRoot: false, found: place.found };
}

function prune(value: JsonValue, schema: JsonSchema | undefined, place: Place): JsonValue {
  if (Array.isArray(value)) {
    const items = schema && itemsOf(schema);
    // What is kept unseen may have known parts deeper down.
    const keep = schema !== undefined && isPreserving(schema);
    for (let i = 0; i < value.length; i++) {
      const item = value[i] as JsonValue;
      if (typeof item !== 'object' || (keep && !items)) continue;
      const pruned = keep ? prune(item, { ...items, 'x-kubernetes-preserve-unknown-fields': true }, itemOf(place, i)) : prune(item, items, itemOf(place, i));
      if (pruned !== item) value[i] = pruned;
    }
    return value;
  }
  return isObject(value) ? pruneObject(value, schema ?? NOTHING, place) : value;
}

function pruneObject(object: JsonObject, schema: JsonSchema, place: Place): JsonObject {
  const keepsMeta = place.isRoot || isEmbedded(schema);
  const keepsUnknown = isPreserving(schema);
  let dropped: Set<string> | undefined;
  for (const name in object) {
    if (keepsMeta && isMetaField(name)) continue;
    const property = propertyOf(schema, name);
    if (!property && !hasAdditionalProperties(schema)) {
      if (keepsUnknown) continue;
      (dropped ??= new Set()).add(name);
      place.found.push(inside(place, name).path);
      continue;
    }
    const member = object[name] as JsonValue;
    if (typeof member !== 'object') continue;
    const pruned = prune(member, property ?? valuesOf(schema), inside(place, name));
    if (pruned !== member) setMember(object, name, pruned);
  }
  return dropped ? without(object, dropped) : object;
}

/** A new object: deleting members would make the old one slow for good. */
function without(object: JsonObject, dropped: ReadonlySet<string>): JsonObject {
  const kept: JsonObject = {};
  for (const name in object) if (!dropped.has(name)) setMember(kept, name, object[name] as JsonValue);
  return kept;
}

/** The value without nulls that are neither allowed nor replaced by a default. */
export function pruneNulls(value: JsonValue, schema: JsonSchema | undefined): JsonValue {
  if (Array.isArray(value)) {
    value.forEach((item, i) => (value[i] = pruneNulls(item, itemsOf(schema))));
    return value;
  }
  if (!isObject(value)) return value;
  let dropped: Set<string> | undefined;
  for (const name in value) {
    const member = value[name] as JsonValue;
    const known = memberOf(schema, name);
    if (known && isForbiddenNull(member, known) && !hasDefault(known)) (dropped ??= new Set()).add(name);
    else if (typeof member === 'object') {
      const pruned = pruneNulls(member, known);
      if (pruned !== member) setMember(value, name, pruned);
    }
  }
  return dropped ? without(value, dropped) : value;
}
