/**
 * Sets of field paths in the very form managedFields stores them (FieldsV1): `{"f:spec":{"f:replicas":{}}}`. A node that is empty or has `.` is a member;
 * everything else leads to members. Sets are never changed once made: operations share what stays the same, and return their first argument when nothing
 * changes.
 */
import type { JsonObject } from '../json.ts';

export type FieldSet = JsonObject;

/** The node of a member that has no members below it. */
export const LEAF: FieldSet = Object.freeze({});

/** Whether the node itself is in the set. */
export function isMember(node: FieldSet): boolean {
  return node['.'] !== undefined || isEmptySet(node);
}
/** Whether a set has no member. (A node is no set: an empty one is a member.) */
export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** A node of these children, or undefined when there is nothing to it. `children` may have a `.`, which `member` overrides. */
function node(member: boolean, children: FieldSet): FieldSet | undefined {
  const hasDot = children['.'] !== undefined;
  let hasChildren = false;
  for (const key in children) {
    if (key === '.') continue;
    hasChildren = true;
    break;
  }
  if (!hasChildren) return member ? LEAF : undefined;
  if (member === hasDot) return children;
  if (member) return { '.': LEAF, ...children };
  const { '.': _, ...rest } = children;
  return rest;
}
function childOf(set: FieldSet, key: string): FieldSet | undefined {
  return set[key] as FieldSet | undefined;
}

/** Members of either. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  let result: FieldSet | undefined;
  let isUnsorted = false;
  for (const key in b) {
    if (key === '.') continue;
    const mine = childOf(a, key);
    const theirs = childOf(b, key) as FieldSet;
    const merged = mine === undefined ? theirs : (node(isMember(mine) || isMember(theirs), union(mine, theirs)) as FieldSet);
    if (merged === mine) continue;
    result ??= { ...a };
    result[key] = merged;
    isUnsorted ||= mine === undefined;
  }
  return result === undefined ? a : isUnsorted ? sortedSet(result) : result;
}

/** Members of `a` that are not in `b`. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return mapCommon(a, b, (mine, theirs) => node(isMember(mine) && !isMember(theirs), difference(mine, theirs)));
}
/** Members of `a` that are not in `b` and not below a member of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return mapCommon(a, b, (mine, theirs) => (isMember(theirs) ? undefined : node(isMember(mine), recursiveDifference(mine, theirs))));
}
/** `a` with the nodes it has in common with `b` replaced; undefined takes them out. */
function mapCommon(a: FieldSet, b: FieldSet, replace: (mine: FieldSet, theirs: FieldSet) => FieldSet | undefined): FieldSet {
  let result: FieldSet | undefined;
  for (const key in b) {
    if (key === '.') continue;
    const mine = childOf(a, key);
    if (mine === undefined) continue;
    const replaced = replace(mine, childOf(b, key) as FieldSet);
    if (replaced === mine) continue;
    result ??= { ...a };
    if (replaced === undefined) delete result[key];
    else result[key] = replaced;
  }
  return result ?? a;
}

/** Members of both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = {};
  for (const key in a) {
    if (key === '.') continue;
    const mine = childOf(a, key) as FieldSet;
    const theirs = childOf(b, key);
    if (theirs === undefined) continue;
    const common = node(isMember(mine) && isMember(theirs), intersection(mine, theirs));
    if (common !== undefined) result[key] = common;
  }
  return result;
}

/** The set with its elements in upstream's order: `.`, then fields, keys and values, each by name. */
export function sortedSet(set: FieldSet): FieldSet {
  const keys = Object.keys(set);
  if (isSorted(keys)) return set;
  const result: FieldSet = {};
  for (const key of sortNames(keys)) result[key] = set[key];
  return result;
}
/** Sorts names in place. Most objects have few, for which `sort` makes more than it sorts. */
export function sortNames(names: string[]): string[] {
  if (names.length > SHORT) return names.sort();
  for (let i = 1; i < names.length; i++) {
    const name = names[i] as string;
    let j = i;
    for (; j > 0 && (names[j - 1] as string) > name; j--) names[j] = names[j - 1] as string;
    names[j] = name;
  }
  return names;
}
const SHORT = 24;
function isSorted(keys: readonly string[]): boolean {
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] as string) > (keys[i] as string)) return false;
  return true;
}

/** All members' paths as element lists; at every level the level's own members come first. */
export function* pathsOf(set: FieldSet, prefix: readonly string[] = []): Generator<readonly string[]> {
  const keys = Object.keys(set)
    .filter((key) => key !== '.')
    .sort();
  for (const key of keys) if (isMember(childOf(set, key) as FieldSet)) yield [...prefix, key];
  for (const key of keys) yield* pathsOf(childOf(set, key) as FieldSet, [...prefix, key]);
}
