/** Elements of field paths as FieldsV1 writes them (`f:spec`, `k:{"name":"a"}`, `v:"x"`), and how messages print them. */
import type { JsonObject, JsonValue } from '../json.ts';
import { isObject } from '../json-value.ts';
import type { ListSchema } from '../schema.ts';

const fieldElements = new Map<string, string>();

/** `f:` and the field's name; the same text object for the same name, since these become property keys. */
export function fieldElement(name: string): string {
  let element = fieldElements.get(name);
  if (element === undefined) {
    element = `f:${name}`;
    if (fieldElements.size < 10_000) fieldElements.set(name, element);
  }
  return element;
}

/** What identifies an item of a list of type `set` or `map`; a key that is absent has its default, or is left out. */
export function itemElement(list: ListSchema, item: JsonValue): string {
  if (list.listType === 'set' || !isObject(item)) return `v:${JSON.stringify(item)}`;
  let text = 'k:{';
  for (const key of list.keys) {
    const member = item[key];
    const value = member === undefined ? keyDefault(list, key) : member;
    if (value !== undefined) text += `${text.length > 3 ? ',' : ''}"${key}":${JSON.stringify(value)}`;
  }
  return `${text}}`;
}
/** The default of a list's key: a port's protocol is TCP. */
export function keyDefault(list: ListSchema, key: string): JsonValue | undefined {
  return list.element.kind === 'object' ? list.element.fields.get(key)?.default : undefined;
}

/** `.spec.containers[name="a"].image`. */
export function printPath(path: readonly string[]): string {
  return path.map(printElement).join('');
}
/** `.spec`, `[name="a"]`, `[="x"]`. */
export function printElement(element: string): string {
  const body = element.slice(2);
  if (element.startsWith('f:')) return `.${body}`;
  if (element.startsWith('v:')) return `[=${body}]`;
  if (element.startsWith('i:')) return `[${body}]`;
  const key = JSON.parse(body) as JsonObject;
  return `[${Object.entries(key)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}]`;
}
