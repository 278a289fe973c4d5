/** Strategic merge patch: a merge patch that knows which lists are merged by which key, and directives (`$patch`, `$setElementOrder/…`, …). */
import type { JsonObject, JsonValue } from './json.ts';
import { isObject, jsonEqual, setMember } from './json-value.ts';
import type { FieldSchema, TypeSchema } from './schema.ts';
import { enforceOrder, type ListKind } from './strategic-order.ts';
import { checkSetElementOrder, goPrint, goType, StrategicPatchError } from './strategic-patch-error.ts';

const PATCH = '$patch';
const RETAIN_KEYS = '$retainKeys';
const SET_ORDER = '$setElementOrder/';
const DELETE_PRIMITIVES = '$deleteFromPrimitiveList/';

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
    const field = isDeletion ? name.slice(DELETE_PRIMITIVES.length) : name;
    if (change === null) delete merged[field];
    else if (isDeletion) deletePrimitives(merged, field, change);
    else setMember(merged, field, mergeMember(Object.hasOwn(merged, field) ? merged[field] : undefined, change, fieldOf(schema, field)));
  }
  return merged;
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

function deletePrimitives(merged: JsonObject, field: string, change: JsonValue): void {
  if (!Array.isArray(change)) throw new StrategicPatchError('invalid patch format of primitive list', 400);
  const list = merged[field];
  if (Array.isArray(list)) merged[field] = list.filter((item) => !change.some((gone) => jsonEqual(gone, item)));
}

/** Merges the lists whose order the patch states; returns their names. */
function mergeOrderedLists(merged: JsonObject, patch: JsonObject, schema: TypeSchema | undefined): Set<string> {
  const done = new Set<string>();
  for (const [directive, order] of Object.entries(patch)) {
    if (!directive.startsWith(SET_ORDER)) continue;
    if (!Array.isArray(order)) throw notList(order);
    const name = directive.slice(SET_ORDER.length);
    const field = fieldOf(schema, name);
    const [live, change] = [merged[name], patch[name]];
    if (live !== undefined && live !== null && !Array.isArray(live)) throw notList(live);
    if (change !== undefined && change !== null && !Array.isArray(change)) throw notList(change);
    const kind = listKind(field, Array.isArray(live) ? live : (change ?? []));
    if (change) checkSetElementOrder(change, order, kind);
    const list = orderedList(live, change, field);
    if (list === undefined) continue;
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
function listKind(field: Member, list: readonly JsonValue[]): ListKind {
  return list.some(isObject) ? { mergeKey: field.mergeKey } : {};
}

function mergeList(original: JsonValue[], change: JsonValue[], field: Member): JsonValue[] {
  if (!field.strategies.includes('merge')) return change;
  if (original.length === 0 && change.length === 0) return original;
  const items = [...original, ...change];
  if (items.some(Array.isArray)) throw new StrategicPatchError('lists of lists are not supported', 422);
  const type = goType(items[0]);
  if (items.some((item) => goType(item) !== type)) throw new StrategicPatchError(`list element types are not identical: ${goPrint([original, change])}`);
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
  if (isReplaced) return additions;
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
