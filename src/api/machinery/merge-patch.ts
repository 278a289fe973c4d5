import type { JsonObject, JsonValue } from './json.ts';

/** RFC 7386: `patch` applied to `target`. Returns a new value that shares what did not change; changes neither argument. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  const base = isObject(target) ? target : {};
  const merged: JsonObject = { ...base };
  for (const [key, change] of Object.entries(patch)) {
    if (change === null || change === undefined) delete merged[key];
    else merged[key] = mergePatch(base[key], change);
  }
  return merged;
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

/** Whether a value is a JSON object (not an array, not null). */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Deep equality of JSON values; a member that is undefined counts as absent. */
export function jsonEqual(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!jsonEqual(a[i], b[i])) return false;
    return true;
  }
  return !Array.isArray(b) && objectsEqual(a, b);
}
function objectsEqual(a: JsonObject, b: JsonObject): boolean {
  let count = 0;
  for (const key in a) {
    const value = a[key];
    if (value === undefined) continue;
    if (!jsonEqual(value, b[key])) return false;
    count++;
  }
  for (const key in b) if (b[key] !== undefined) count--;
  return count === 0;
}
