import type { JsonObject, JsonValue } from '#api';
import { isObject } from './scenario.ts';

/** The parts of `a.b[0]['x.y'][*]`. */
export function pathParts(path: string): string[] {
  const parts: string[] = [];
  for (const [, quoted, doubleQuoted, index, name] of path.matchAll(/\[\s*'([^']*)'\s*\]|\[\s*"([^"]*)"\s*\]|\[([^\]]*)\]|([^.[\]]+)/g)) {
    parts.push(quoted ?? doubleQuoted ?? index ?? name ?? '');
  }
  return parts;
}

/** What lies at a path; undefined where it leads nowhere. */
export function valueAt(value: JsonValue | undefined, path: string): JsonValue | undefined {
  let at = value;
  for (const part of pathParts(path)) at = memberOf(at, part);
  return at;
}
function memberOf(value: JsonValue | undefined, part: string): JsonValue | undefined {
  if (Array.isArray(value)) return value[Number(part)];
  return isObject(value) ? value[part] : undefined;
}

/** Sets what lies at a path, with the objects and lists on the way to it. */
export function setAt(root: JsonObject, path: string, value: JsonValue): void {
  const parts = pathParts(path);
  let at: JsonValue = root;
  for (const [index, part] of parts.slice(0, -1).entries()) {
    const next: JsonValue = memberOf(at, part) ?? (/^\d+$/.test(parts[index + 1] ?? '') ? [] : {});
    put(at, part, next);
    at = next;
  }
  put(at, parts.at(-1) ?? '', value);
}
function put(target: JsonValue, part: string, value: JsonValue): void {
  if (Array.isArray(target)) target[Number(part)] = value;
  else if (isObject(target)) target[part] = value;
}

/** Removes what lies at a path; `*` is every member, `**` any depth. Items of lists are blanked, so that the others keep their places. */
export function deleteAt(value: JsonValue | undefined, path: string): void {
  deleteParts(value, pathParts(path));
}
function deleteParts(value: JsonValue | undefined, parts: readonly string[]): void {
  if (typeof value !== 'object' || value === null) return;
  const [part = '', ...rest] = parts;
  if (part === '**') {
    deleteParts(value, rest);
    for (const member of Object.values(value)) deleteParts(member, parts);
    return;
  }
  for (const key of part === '*' ? Object.keys(value) : [part]) {
    if (rest.length > 0) deleteParts(memberOf(value, key), rest);
    else if (!Array.isArray(value)) delete value[key];
    else if (value[Number(key)] !== undefined) value[Number(key)] = '<ignored>';
  }
}
