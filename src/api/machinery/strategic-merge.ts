/** Strategic merge patch: a merge patch that knows which lists are merged by which key, and directives (`$patch`, `$setElementOrder/…`, …). */
import type { JsonObject, JsonValue } from './json.ts';
import { isObject, jsonEqual, setMember } from './json-value.ts';
import type { FieldSchema, TypeSchema } from './schema.ts';
import { enforceOrder, type ListKind } from './strategic-order.ts';
import { checkSetElementOrder, goPrint, goType, StrategicPatchError } from './strategic-patch-error.ts';

const PATCH = '$patch';
const RETAIN_KEYS = '$retainKeys';
const SET_ORDER = '$setElementOrder';
const DELETE_PRIMITIVES = '$deleteFromPrimitiveList';

/** The object with the patch applied: a new one that shares what did not change. Throws StrategicPatchError. Changes neither argument. */
export function strategicMergePatch(original: JsonObject, patch: JsonValue, schema: TypeSchema | undefined): JsonObject {
  if (!isObject(patch))
    throw new StrategicPatchError(`json: cannot unmarshal ${Array.isArray(patch) ? 'array' : typeof patch} into Go value of type map[string]interface {}`, 400);
  return mergeMap(original, patch, schema);
}

function mergeMap(original: JsonObject, patch: JsonObject, schema: TypeSchema | undefined): JsonObject {
  const directive = patch[PATCH];
  if (directive !== undefined) {
    if (directive === 'replace') return without(patch, [PATCH]);
    if (directive === 'delete') return {};
    throw new StrategicPatchError(`unknown patch type: ${goPrint(directive)} in map: ${goPrint(patch)}`);
  }
  const merged = retainKeys(original, patch);
  const ordered = mergeOrderedLists(merged, patch, schema);
  for (const [name, change] of Object.entries(patch)) {
    if (change === undefined || name === RETAIN_KEYS || name.startsWith(SET_ORDER) || ordered.has(name)) continue;
    const isDeletion = name.startsWith(DELETE_PRIMITIVES);
    const field = isDeletion ? directedField(name, DELETE_PRIMITIVES, 'primitive list') : name;
    const current = Object.hasOwn(merged, field) ? merged[field] : undefined;
    if (change === null) delete merged[field];
    else if (!isDeletion) setMember(merged, field, mergeMember(current, change, fieldOf(schema, field)));
    // What can be taken from nothing is nothing; upstream merges what is no list of scalars as if the directive were not there.
    else if (current !== undefined && goType(current) === goType(change)) setMember(merged, field, withoutItems(current, change, fieldOf(schema, field)));
  }
  return merged;
}
function withoutItems(current: JsonValue, change: JsonValue, field: Member): JsonValue {
  const isScalars = Array.isArray(current) && Array.isArray(change) && field.strategies.includes('merge') && !isObject(current[0]);
  if (!isScalars) return mergeMember(current, change, field);
  elementType(current, change);
  return current.filter((item) => !change.some((gone) => jsonEqual(gone, item)));
}
/** The field that a directive's name names behind the slash. */
function directedField(directive: string, prefix: string, what: string): string {
  if (directive[prefix.length] !== '/') throw new StrategicPatchError(`invalid patch format of ${what}`, 400);
  return directive.slice(prefix.length + 1);
}

interface Member {
  readonly type: TypeSchema | undefined;
  readonly strategies: readonly string[];
  readonly mergeKey: string;
}
function fieldOf(schema: TypeSchema | undefined, name: string): Member {
  const field: FieldSchema | undefined = schema?.kind === 'object' ? schema.fields.get(name) : undefined;
  const type = field?.type ?? (schema?.kind === 'map' ? schema.value : undefined);
  return { type, strategies: field?.patchStrategies ?? [], mergeKey: field?.patchMergeKey ?? '' };
}

function mergeMember(original: JsonValue | undefined, change: JsonValue, field: Member): JsonValue {
  if (isObject(original) && isObject(change)) {
    return field.strategies.includes('replace') ? change : mergeMap(original, change, field.type);
  }
  if (Array.isArray(original) && Array.isArray(change)) return mergeList(original, change, field);
  return withoutDirectives(change);
}

/** A copy of the original with only the keys the patch retains, where it says so. */
function retainKeys(original: JsonObject, patch: JsonObject): JsonObject {
  const retained = patch[RETAIN_KEYS];
  if (retained === undefined) return { ...original };
  const isRight = Array.isArray(retained) && Object.keys(patch).every((name) => name.startsWith('$') || patch[name] === null || retained.includes(name));
  if (!isRight) throw new StrategicPatchError('invalid patch format of retainKeys', 400);
  return Object.fromEntries(Object.entries(original).filter(([name]) => retained.includes(name)));
}

/** Merges the lists whose order the patch states; returns their names. */
function mergeOrderedLists(merged: JsonObject, patch: JsonObject, schema: TypeSchema | undefined): Set<string> {
  const done = new Set<string>();
  for (const [directive, order] of Object.entries(patch)) {
    if (!directive.startsWith(SET_ORDER)) continue;
    if (!Array.isArray(order)) throw notList(order);
    const name = directedField(directive, SET_ORDER, 'setElementOrder list');
    const [live, change] = [merged[name], patch[name]];
    if (live !== undefined && live !== null && !Array.isArray(live)) throw notList(live);
    if (change !== undefined && change !== null && !Array.isArray(change)) throw notList(change);
    const field = listOf(schema, name);
    const kind: ListKind = field.mergeKey ? { mergeKey: field.mergeKey } : {};
    if (change) checkSetElementOrder(change, order, kind);
    const list = orderedList(live, change, field);
    if (list === undefined) continue;
    checkOrder(list, order, field.mergeKey);
    if (elementType(live ?? [], change ?? []) === undefined) throw new StrategicPatchError('no elements in any of the given slices');
    merged[name] = enforceOrder(list, { order, live: Array.isArray(live) ? live : [], kind });
    if (change !== null) done.add(name);
  }
  return done;
}
function notList(value: JsonValue | undefined): StrategicPatchError {
  return new StrategicPatchError(`expected a []interface {}, but received a ${goType(value)}`);
}
function orderedList(live: JsonValue | undefined, change: JsonValue[] | null | undefined, field: Member): JsonValue[] | undefined {
  if (!Array.isArray(live)) return change ? (withoutDirectives(change) as JsonValue[]) : undefined;
  return change ? mergeList(live, change, field) : live;
}
/** As fieldOf, for a field that must be a list. */
function listOf(schema: TypeSchema | undefined, name: string): Member {
  const field = fieldOf(schema, name);
  if (schema?.kind === 'object' && !schema.fields.has(name)) {
    throw new StrategicPatchError(`unable to find api field in struct ${schema.struct} for the json field ${JSON.stringify(name)}`);
  }
  if (field.type && field.type.kind !== 'list') throw new StrategicPatchError(`expected slice or array type, but got: ${goKind(field.type)}`);
  return field;
}
/** Items of lists with a merge key must have it to be put in order. */
function checkOrder(list: readonly JsonValue[], order: readonly JsonValue[], mergeKey: string): void {
  if (!mergeKey || list.length === 0) return;
  for (const item of list) {
    if (!isObject(item)) throw new StrategicPatchError(`expected a map[string]interface {}, but received a ${goType(item)}`);
    keyOf(item, mergeKey);
  }
  const wrong = order.findIndex((item) => !isObject(item));
  if (wrong >= 0) throw new StrategicPatchError(`value for key ${wrong} is not a map`);
}
/** The type that all items have; undefined where there are none. */
function elementType(...lists: JsonValue[][]): string | undefined {
  const items = lists.flat();
  if (Array.isArray(items[0])) throw new StrategicPatchError('lists of lists are not supported', 422);
  const type = items.length > 0 ? goType(items[0]) : undefined;
  if (items.some((item) => goType(item) !== type)) throw new StrategicPatchError(`list element types are not identical: ${goPrint(lists)}`);
  return type;
}

function mergeList(original: JsonValue[], change: JsonValue[], field: Member): JsonValue[] {
  if (!field.strategies.includes('merge')) return change;
  if (original.length === 0 && change.length === 0) return original;
  const items = [...original, ...change];
  elementType(original, change);
  if (!isObject(items[0])) {
    const unique = items.filter((item, i) => items.findIndex((other) => jsonEqual(other, item)) === i);
    return enforceOrder(unique, { order: change, live: original, kind: {} });
  }
  return mergeObjects(original as JsonObject[], change as JsonObject[], field);
}

function mergeObjects(original: JsonObject[], change: JsonObject[], { type, mergeKey }: Member): JsonObject[] {
  const element = type?.kind === 'list' ? type.element : undefined;
  if (!mergeKey) throw new StrategicPatchError(`cannot merge lists without merge key for ${goKind(element)}`);
  let base: JsonObject[] = original;
  const additions: JsonObject[] = [];
  let isReplaced = false;
  for (const item of change) {
    const directive = item[PATCH];
    if (directive === undefined) additions.push(item);
    else if (directive === 'replace') isReplaced = true;
    else if (directive === 'merge') throw new StrategicPatchError('merging lists cannot yet be specified in the patch');
    else if (directive !== 'delete') throw new StrategicPatchError(`unknown patch type: ${goPrint(directive)} in map: ${goPrint(item)}`);
    else {
      const wanted = keyOf(item, mergeKey);
      base = base.filter((other) => !jsonEqual(other[mergeKey], wanted));
    }
  }
  if (isReplaced) {
    for (const item of additions) keyOf(item, mergeKey);
    return additions;
  }
  const merged = [...base];
  for (const item of additions) {
    const wanted = keyOf(item, mergeKey);
    const at = merged.findIndex((other) => jsonEqual(other[mergeKey], wanted));
    if (at < 0) merged.push(withoutDirectives(item) as JsonObject);
    else merged[at] = mergeMap(merged[at] as JsonObject, item, element);
  }
  return enforceOrder(merged, { order: additions, live: base, kind: { mergeKey } }) as JsonObject[];
}
/** The kind of Go type that a schema stands for. */
function goKind(schema: TypeSchema | undefined): string {
  if (schema?.kind === 'scalar') return schema.scalar === 'string' ? 'string' : schema.goType;
  return schema?.kind === 'list' ? 'slice' : schema?.kind === 'map' ? 'map' : 'struct';
}
function keyOf(item: JsonObject, mergeKey: string): JsonValue {
  const value = item[mergeKey];
  if (value === undefined) throw new StrategicPatchError(`map: ${goPrint(item)} does not contain declared merge key: ${mergeKey}`);
  return value;
}

/** What is added as it is may hold directives and nulls, which mean nothing there. */
function withoutDirectives(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    return value.filter((item) => !isObject(item) || item[PATCH] === undefined).map(withoutDirectives);
  }
  if (!isObject(value)) return value;
  const isDirective = (name: string): boolean => name === PATCH || name === RETAIN_KEYS || name.startsWith(SET_ORDER) || name.startsWith(DELETE_PRIMITIVES);
  const kept: JsonObject = {};
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined && member !== null && !isDirective(name)) setMember(kept, name, withoutDirectives(member));
  }
  return kept;
}
function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
