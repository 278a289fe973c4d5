/**
 * Server-side apply, told as simply as can be: an object is a set of paths, a manager owns some of them. Slow, and written apart from apply/, which is
 * tested against it. Nothing here knows field sets; only what an element of a path is called is shared.
 */
import { itemElement } from '../apply/field-path.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { ListSchema, TypeSchema } from '../schema.ts';

type Schema = TypeSchema | undefined;
/** Elements joined by a character that none has. */
export type Path = string;
const SEPARATOR = '\u0000';

interface Child {
  readonly element: string;
  readonly schema: Schema;
  readonly value: JsonValue;
  /** A struct's field: it is there whenever the struct is, so nobody owns it for itself. */
  readonly isNamed: boolean;
}

/** The parts of a value that managers can own apart from each other; undefined: it is one value. */
function childrenOf(schema: Schema, value: JsonValue): Child[] | undefined {
  if (schema?.kind === 'list') {
    if (schema.listType === 'atomic') return undefined;
    return ((value ?? []) as JsonValue[]).map((item) => ({ element: itemElement(schema, item), schema: schema.element, value: item, isNamed: false }));
  }
  if (schema === undefined || schema.kind === 'scalar' || schema.isAtomic) return undefined;
  return Object.entries((value ?? {}) as JsonObject)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => {
      const field = schema.kind === 'object' ? schema.fields.get(name)?.type : schema.value;
      return { element: `f:${name}`, schema: field, value: member as JsonValue, isNamed: schema.kind === 'object' };
    });
}
function below(path: Path, element: string): Path {
  return path === '' ? element : path + SEPARATOR + element;
}

/** Every path of a value; one value's texts tell whether it changed. */
function pathsIn(schema: Schema, value: JsonValue, path: Path = '', all = new Map<Path, string | undefined>()): Map<Path, string | undefined> {
  for (const child of childrenOf(schema, value) ?? []) {
    const at = below(path, child.element);
    const children = childrenOf(child.schema, child.value);
    all.set(at, children === undefined || children.length === 0 ? JSON.stringify(sorted(child.value)) : undefined);
    pathsIn(child.schema, child.value, at, all);
  }
  return all;
}
function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member as JsonValue)]),
  );
}

/** What an applier owns of what it states. */
function statedPaths(schema: Schema, value: JsonValue, path: Path = '', all = new Set<Path>()): Set<Path> {
  for (const child of childrenOf(schema, value) ?? []) {
    const at = below(path, child.element);
    const children = childrenOf(child.schema, child.value);
    const isEmptyMap = children?.length === 0 && !Array.isArray(child.value);
    if (children === undefined || isEmptyMap || !child.isNamed) all.add(at);
    statedPaths(child.schema, child.value, at, all);
  }
  return all;
}

/** The live value with the stated one laid over it. */
function overlay(schema: Schema, live: JsonValue | undefined, stated: JsonValue): JsonValue {
  const children = childrenOf(schema, stated);
  if (children === undefined || live === undefined || live === null) return stated;
  if (schema?.kind === 'list') return overlaidList(schema, live as JsonValue[], children);
  const merged: JsonObject = { ...(live as JsonObject) };
  for (const { element, schema: type, value } of children) merged[element.slice(2)] = overlay(type, merged[element.slice(2)], value);
  return merged;
}
function overlaidList(list: ListSchema, live: JsonValue[], stated: Child[]): JsonValue[] {
  const merged = live.map((item) => {
    const match = stated.find(({ element }) => element === itemElement(list, item));
    return match ? overlay(list.element, item, match.value) : item;
  });
  return [...merged, ...stated.filter(({ element }) => !live.some((item) => itemElement(list, item) === element)).map(({ value }) => value)];
}

/** The value without what the test says goes; it is asked from the top. */
function without(schema: Schema, value: JsonValue, goes: (path: Path) => boolean, path: Path = ''): JsonValue {
  const children = childrenOf(schema, value);
  if (children === undefined) return value;
  const kept = children.filter(({ element }) => !goes(below(path, element)));
  if (children.length > 0 && kept.length === 0) return null;
  const values = kept.map((child) => without(child.schema, child.value, goes, below(path, child.element)));
  if (schema?.kind === 'list') return values;
  return Object.fromEntries(kept.map(({ element }, i) => [element.slice(2), values[i]]));
}

/** The paths with all structs on the way to them. */
function withStructs(schema: Schema, paths: ReadonlySet<Path>): Set<Path> {
  const all = new Set(paths);
  for (const path of paths) {
    let type = schema;
    let at = '';
    for (const element of path.split(SEPARATOR)) {
      at = below(at, element);
      if (type?.kind === 'object') all.add(at);
      type =
        type?.kind === 'object'
          ? type.fields.get(element.slice(2))?.type
          : type?.kind === 'map'
            ? type.value
            : type?.kind === 'list'
              ? type.element
              : undefined;
    }
  }
  return all;
}

const UNOWNED = new Set(
  ['', 'name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields', 'resourceVersion'].map((name) =>
    name ? below('f:metadata', `f:${name}`) : 'f:metadata',
  ),
)
  .add('f:apiVersion')
  .add('f:kind');
function isOwnable(path: Path): boolean {
  return !UNOWNED.has(path) && path !== 'f:status' && !path.startsWith(`f:status${SEPARATOR}`);
}

/** Who owns what of one object, and what it is. */
export interface ModelState {
  readonly object: JsonObject | undefined;
  readonly owners: ReadonlyMap<string, ReadonlySet<Path>>;
}
export type ModelResult = ModelState | { readonly conflicts: ReadonlySet<string> };

/** The model for one kind; `zero` is what a new object is compared with. */
export class ApplyModel {
  readonly #schema: TypeSchema;
  readonly #zero: JsonObject;

  constructor(schema: TypeSchema, zero: JsonObject) {
    this.#schema = schema;
    this.#zero = zero;
  }

  #compare(live: JsonObject, next: JsonValue): { changed: Set<Path>; removed: Set<Path> } {
    const [before, after] = [pathsIn(this.#schema, live), pathsIn(this.#schema, next)];
    const isNew = ([path, text]: [Path, string | undefined]): boolean => {
      if (!before.has(path)) return true;
      const old = before.get(path);
      return text !== undefined && old !== undefined && text !== old;
    };
    const paths = (list: Iterable<Path>): Set<Path> => new Set([...list].filter(isOwnable));
    return { changed: paths([...after].filter(isNew).map(([path]) => path)), removed: paths([...before.keys()].filter((path) => !after.has(path))) };
  }

  update({ object, owners }: ModelState, manager: string, next: JsonObject): ModelState {
    if (object && owners.size === 0) return { object: next, owners };
    const { changed, removed } = this.#compare(object ?? this.#zero, next);
    const key = `Update ${manager}`;
    const after = new Map(
      [...owners].map(([owner, set]) => [owner, new Set([...set].filter((path) => !removed.has(path) && (owner === key || !changed.has(path))))]),
    );
    if (changed.size > 0) after.set(key, new Set([...(after.get(key) ?? []), ...changed]));
    return { object: next, owners: new Map([...after].filter(([, set]) => set.size > 0)) };
  }

  apply(before: ModelState, manager: string, applied: JsonObject, force: boolean): ModelResult {
    const key = `Apply ${manager}`;
    const live = before.object ?? this.#zero;
    const isUntracked = before.object !== undefined && before.owners.size === 0;
    const { owners } = isUntracked ? this.update({ object: undefined, owners: new Map() }, 'before-first-apply', live) : before;
    const stated = new Set([...statedPaths(this.#schema, applied)].filter((path) => path !== 'f:status' && !path.startsWith(`f:status${SEPARATOR}`)));
    const others = new Map([...owners].filter(([owner]) => owner !== key));
    const last = withStructs(this.#schema, owners.get(key) ?? new Set());
    const owned = new Set([stated, ...others.values()].flatMap((set) => [...withStructs(this.#schema, set)]));
    const merged = overlay(this.#schema, live, applied);
    const next = without(this.#schema, merged, (path) => last.has(path) && !owned.has(path));
    const { changed, removed } = this.#compare(live, next);
    const conflicts = new Set([...others].flatMap(([owner, set]) => [...set].filter((path) => changed.has(path)).map((path) => `${owner}: ${path}`)));
    if (conflicts.size > 0 && !force) return { conflicts };
    const after = new Map([...others].map(([owner, set]) => [owner, new Set([...set].filter((path) => !changed.has(path) && !removed.has(path)))]));
    after.set(key, new Set([...stated].filter(isOwnable)));
    return { object: (next ?? {}) as JsonObject, owners: new Map([...after].filter(([, set]) => set.size > 0)) };
  }
}
