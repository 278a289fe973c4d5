import type { JsonObject, JsonValue } from './json.ts';
import { isObject, jsonEqual, setMember } from './json-value.ts';

/**
 * RFC 7386: `patch` applied to `target`. Returns a new value that shares what did not change; changes neither argument. Lists are taken as upstream's
 * library takes them: their objects lose the members that are null, except where the list replaces an object.
 */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return isObject(target) ? patch : withoutNulls(patch);
  const base = isObject(target) ? target : {};
  const merged: JsonObject = { ...base };
  for (const [key, change] of Object.entries(patch)) {
    if (change === null || change === undefined) delete merged[key];
    else setMember(merged, key, mergePatch(Object.hasOwn(base, key) ? base[key] : undefined, change));
  }
  return merged;
}

function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNulls);
  return isObject(value) ? mergePatch(undefined, value) : value;
}

/** The merge patch that makes `modified` of `original`. */
export function createMergePatch(original: JsonObject, modified: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(original)) if (modified[key] === undefined && original[key] !== undefined) patch[key] = null;
  for (const [key, value] of Object.entries(modified)) {
    const before = original[key];
    if (value === undefined || jsonEqual(before, value)) continue;
    patch[key] = isObject(before) && isObject(value) ? createMergePatch(before, value) : value;
  }
  return patch;
}
