/** What a write changed, as sets of fields. This runs for every create and update: it makes nothing where nothing changed. */
import type { JsonValue } from '../json.ts';
import { isObject, jsonEqual } from '../json-value.ts';
import type { ListSchema } from '../schema.ts';
import { fieldElement, itemElement } from './field-path.ts';
import type { FieldFilter } from './field-filter.ts';
import { type FieldSet, isEmptySet, LEAF, sortedSet, sortNames } from './field-set.ts';
import { membersOf, memberSchema, type Schema, shapeOf } from './typed.ts';

/** Fields added or modified, and fields removed; undefined where there are none. */
export interface Comparison {
  changed: FieldSet | undefined;
  removed: FieldSet | undefined;
}

/** Compares two states of a value; the result is written to `out`. */
export function compareValues(schema: Schema, live: JsonValue | undefined, next: JsonValue | undefined, out: Comparison): void {
  out.changed = undefined;
  out.removed = undefined;
  if (live === next) return;
  if (live === undefined) {
    out.changed = treeOf(schema, next as JsonValue);
    return;
  }
  if (next === undefined) {
    out.removed = treeOf(schema, live);
    return;
  }
  const [before, after] = [shapeOf(schema, live), shapeOf(schema, next)];
  const shape = live === null ? after : next === null ? before : before === after ? before : 'leaf';
  if (shape === 'leaf' || (isBare(live) && isBare(next))) {
    if (!jsonEqual(live, next)) out.changed = LEAF;
  } else if (shape === 'map') compareMaps(schema, live, next, out);
  else compareLists(schema as ListSchema, live, next, out);
}
/** Null and empty containers are told apart as whole values. */
function isBare(value: JsonValue): boolean {
  if (value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value !== 'object') return true;
  for (const key in value) if (value[key] !== undefined) return false;
  return true;
}

/** Every field of a value that was not there before (or is not there any more). */
export function treeOf(schema: Schema, value: JsonValue): FieldSet {
  const shape = shapeOf(schema, value);
  if (shape === 'leaf' || isBare(value)) return LEAF;
  const tree: FieldSet = { '.': LEAF };
  if (shape === 'map') {
    const members = membersOf(value);
    for (const name of sortNames(Object.keys(members))) {
      const member = members[name];
      if (member !== undefined) tree[fieldElement(name)] = treeOf(memberSchema(schema, name), member);
    }
    return tree;
  }
  const list = schema as ListSchema;
  for (const item of value as JsonValue[]) {
    const element = itemElement(list, item);
    // A second item with the same identity makes the two one value.
    tree[element] = tree[element] === undefined ? treeOf(list.element, item) : LEAF;
  }
  return sortedSet(tree);
}

/** Collects the children's differences into sets made on demand. */
class Collector {
  changed: FieldSet | undefined;
  removed: FieldSet | undefined;

  add(element: string, difference: Comparison): void {
    if (difference.changed) (this.changed ??= {})[element] = difference.changed;
    if (difference.removed) (this.removed ??= {})[element] = difference.removed;
  }
  into(out: Comparison): void {
    out.changed = this.changed && sortedSet(this.changed);
    out.removed = this.removed && sortedSet(this.removed);
  }
}

function compareMaps(schema: Schema, live: JsonValue, next: JsonValue, out: Comparison): void {
  const [before, after] = [membersOf(live), membersOf(next)];
  const collected = new Collector();
  for (const name in after) {
    const [old, value] = [before[name], after[name]];
    if (old === value || value === undefined) continue;
    compareValues(memberSchema(schema, name), old, value, out);
    if (out.changed || out.removed) collected.add(fieldElement(name), out);
  }
  for (const name in before) {
    const old = before[name];
    if (old === undefined || after[name] !== undefined) continue;
    collected.add(fieldElement(name), { changed: undefined, removed: treeOf(memberSchema(schema, name), old) });
  }
  collected.into(out);
}

function compareLists(list: ListSchema, live: JsonValue, next: JsonValue, out: Comparison): void {
  const [before, after] = [byElement(list, live), byElement(list, next)];
  const collected = new Collector();
  for (const [element, items] of after) {
    const old = before.get(element);
    if (old && (old.length > 1 || items.length > 1)) compareDoubles(list, { element, old, items }, collected);
    else if (items.length > 1) collected.add(element, { changed: LEAF, removed: undefined });
    else {
      compareValues(list.element, old?.[0], items[0], out);
      if (out.changed || out.removed) collected.add(element, out);
    }
  }
  for (const [element, old] of before) {
    if (after.has(element)) continue;
    collected.add(element, { changed: undefined, removed: old.length > 1 ? LEAF : treeOf(list.element, old[0] as JsonValue) });
  }
  collected.into(out);
}
/** Several items of one identity are compared, gained and lost as one value. */
function compareDoubles(list: ListSchema, at: { element: string; old: JsonValue[]; items: JsonValue[] }, collected: Collector): void {
  const { element, old, items } = at;
  const difference: Comparison = { changed: undefined, removed: undefined };
  if (old.length > 1 && items.length > 1) difference.changed = jsonEqual(old, items) ? undefined : LEAF;
  else if (items.length > 1) {
    difference.changed = LEAF;
    difference.removed = treeOf(list.element, old[0] as JsonValue);
  } else {
    difference.changed = treeOf(list.element, items[0] as JsonValue);
    difference.removed = LEAF;
  }
  collected.add(element, difference);
}
function byElement(list: ListSchema, value: JsonValue): Map<string, JsonValue[]> {
  const items = new Map<string, JsonValue[]>();
  for (const item of Array.isArray(value) ? value : []) {
    const element = itemElement(list, item);
    const same = items.get(element);
    if (same) same.push(item);
    else items.set(element, [item]);
  }
  return items;
}

/** Metadata that nobody owns, beside apiVersion and kind. */
const UNOWNED_METADATA = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
]);

/** Compares two states of an object, but for the fields that nobody owns and for those that the filter takes out. */
export function compareObjects(schema: Schema, live: JsonValue, next: JsonValue, filter: FieldFilter | undefined): Comparison {
  const out: Comparison = { changed: undefined, removed: undefined };
  const [before, after] = [membersOf(live), membersOf(next)];
  const collected = new Collector();
  const compareMember = (name: string): void => {
    if (before[name] === after[name] || name === 'apiVersion' || name === 'kind' || filter?.skips(name)) return;
    if (name === 'metadata') compareMaps(memberSchema(schema, name), owned(before[name]), owned(after[name]), out);
    else compareValues(memberSchema(schema, name), before[name], after[name], out);
    if (out.changed || out.removed) collected.add(fieldElement(name), out);
  };
  for (const name in after) if (after[name] !== undefined) compareMember(name);
  for (const name in before) if (after[name] === undefined) compareMember(name);
  collected.into(out);
  if (filter && out.changed) out.changed = orNothing(filter.apply(out.changed));
  if (filter && out.removed) out.removed = orNothing(filter.apply(out.removed));
  return out;
}
function orNothing(set: FieldSet): FieldSet | undefined {
  return isEmptySet(set) ? undefined : set;
}
function owned(metadata: JsonValue | undefined): JsonValue {
  const rest: Record<string, JsonValue | undefined> = {};
  for (const name in membersOf(metadata)) if (!UNOWNED_METADATA.has(name)) rest[name] = (metadata as Record<string, JsonValue>)[name];
  return isObject(metadata) ? rest : {};
}
/** The set of fields that nobody owns, to take out of what an applier states. */
export const UNOWNED: FieldSet = {
  'f:apiVersion': LEAF,
  'f:kind': LEAF,
  'f:metadata': { '.': LEAF, ...Object.fromEntries([...UNOWNED_METADATA].map((name) => [fieldElement(name), LEAF])) },
};
