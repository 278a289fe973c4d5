/** The live object with what an applier states laid over it, and values without some of their fields. New values share what stays the same. */
import type { JsonObject, JsonValue } from '../json.ts';
import { isObject, setMember } from '../json-value.ts';
import type { ListSchema } from '../schema.ts';
import { fieldElement, itemElement } from './field-path.ts';
import { type FieldSet, isEmptySet, isMember, LEAF, sortedSet } from './field-set.ts';
import { isNamedField, membersOf, memberSchema, type Schema, shapeOf } from './typed.ts';

/** `applied` over `live`: members and items are merged, everything else is replaced. */
export function mergeTyped(schema: Schema, live: JsonValue | undefined, applied: JsonValue | undefined): JsonValue | undefined {
  if (applied === undefined || live === undefined) return applied ?? live;
  const shape = shapeOf(schema, applied === null ? live : applied);
  if (shape === 'map' && !isEmptyOrNull(live, applied)) return mergeMaps(schema, membersOf(live), membersOf(applied));
  if (shape === 'list' && !isEmptyOrNull(live, applied)) return mergeLists(schema as ListSchema, asList(live), asList(applied));
  return applied;
}
function isEmptyOrNull(...values: JsonValue[]): boolean {
  return values.every((value) => value === null || Object.keys(value).length === 0);
}
function asList(value: JsonValue): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
function mergeMaps(schema: Schema, live: JsonObject, applied: JsonObject): JsonObject {
  const merged: JsonObject = { ...live };
  for (const name in applied) {
    const value = applied[name];
    if (value === undefined) continue;
    const member = mergeTyped(memberSchema(schema, name), Object.hasOwn(live, name) ? live[name] : undefined, value);
    if (member === undefined) delete merged[name];
    else setMember(merged, name, member);
  }
  return merged;
}

/**
 * Items in the applied order; the live items that are not applied keep their place relative to the live items around them. An item that both have
 * stands where the applier puts it.
 */
function mergeLists(list: ListSchema, live: JsonValue[], applied: JsonValue[]): JsonValue[] {
  const liveElements = live.map((item) => itemElement(list, item));
  const appliedElements = applied.map((item) => itemElement(list, item));
  const liveByElement = new Map<string, JsonValue | undefined>();
  // Of several live items with one identity none is merged into.
  liveElements.forEach((element, i) => liveByElement.set(element, liveByElement.has(element) ? undefined : live[i]));
  const isApplied = new Set(appliedElements);
  const shared = appliedElements.filter((element) => liveByElement.has(element));
  const done = new Set<string>();
  const merged: JsonValue[] = [];
  let [l, a, s] = [0, 0, 0];
  const takeApplied = (): void => {
    const element = appliedElements[a] as string;
    merged.push(mergeTyped(list.element, liveByElement.get(element), applied[a]) as JsonValue);
    done.add(element);
    if (shared[s] === element) s++;
    a++;
  };
  while (l < live.length || a < applied.length) {
    const element = liveElements[l];
    if (element === undefined) takeApplied();
    else if (a < applied.length && element === appliedElements[a]) {
      takeApplied();
      l++;
    } else if (a < applied.length && isApplied.has(element) && shared[s] !== undefined && shared[s] !== element) l++;
    else if (!isApplied.has(element)) merged.push(live[l++] as JsonValue);
    else {
      if (done.has(element)) l++;
      if (a < applied.length) takeApplied();
    }
  }
  return merged;
}

/** The value without the members and items of the set; a container that loses all it had becomes null. */
export function removeFields(schema: Schema, value: JsonValue, toRemove: FieldSet): JsonValue {
  if (isEmptySet(toRemove)) return value;
  switch (shapeOf(schema, value)) {
    case 'leaf':
      return isObject(value) || Array.isArray(value) ? null : value;
    case 'map':
      return removeFromMap(schema, membersOf(value), toRemove);
    case 'list':
      return removeFromList(schema as ListSchema, asList(value), toRemove);
  }
}
function removeFromMap(schema: Schema, value: JsonObject, toRemove: FieldSet): JsonValue {
  const rest: JsonObject = {};
  let isEmpty = true;
  for (const name in value) {
    const member = value[name];
    const node = toRemove[fieldElement(name)] as FieldSet | undefined;
    if (member === undefined || (node && isMember(node))) continue;
    setMember(rest, name, node ? removeFields(memberSchema(schema, name), member, node) : member);
    isEmpty = false;
  }
  return isEmpty ? null : rest;
}
function removeFromList(list: ListSchema, value: JsonValue[], toRemove: FieldSet): JsonValue {
  const rest: JsonValue[] = [];
  for (const item of value) {
    const node = toRemove[itemElement(list, item)] as FieldSet | undefined;
    if (node && isMember(node)) continue;
    rest.push(node ? removeFields(list.element, item, node) : item);
  }
  return rest.length ? rest : null;
}

/** The set with every struct field that leads to a member a member too, so that emptied structs go as a whole. */
export function withNamedFields(schema: Schema, set: FieldSet): FieldSet {
  const result: FieldSet = {};
  for (const key in set) {
    const node = set[key] as FieldSet;
    if (key === '.' || isEmptySet(node)) {
      result[key] = LEAF;
      continue;
    }
    const name = key.startsWith('f:') ? key.slice(2) : undefined;
    const inner = name === undefined ? (schema?.kind === 'list' ? schema.element : undefined) : memberSchema(schema, name);
    const children = withNamedFields(inner, node);
    result[key] = name !== undefined && isNamedField(schema, name) && children['.'] === undefined ? { '.': LEAF, ...children } : children;
  }
  return sortedSet(result);
}
