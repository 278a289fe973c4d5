/** In which order a merged list stands: the patch's items as it states them, the others where the live list had them. */
import type { JsonValue } from './json.ts';
import { isObject, jsonEqual } from './json-value.ts';

/** Lists of objects have a merge key, lists of scalars none. */
export interface ListKind {
  readonly mergeKey?: string;
}

/** The list in order: `order` rules the items it names, `live` rules the rest and how the two interleave. */
export function enforceOrder(list: JsonValue[], by: { order: readonly JsonValue[]; live: readonly JsonValue[]; kind: ListKind }): JsonValue[] {
  const { order, live, kind } = by;
  const stated = itemsInOrderOf(list, order, kind);
  const others = itemsInOrderOf(
    list.filter((item) => indexOf(order, item, kind) < 0),
    live,
    kind,
    true,
  );
  const result: JsonValue[] = [];
  let [o, s] = [0, 0];
  while (o < others.length || s < stated.length) {
    const [other, next] = [others[o], stated[s]];
    if (other === undefined || next === undefined) {
      result.push((other ?? next) as JsonValue);
      if (other === undefined) s++;
      else o++;
      continue;
    }
    const [a, b] = [indexOf(live, other, kind), indexOf(live, next, kind)];
    if (a >= 0 && b >= 0 && a < b) {
      result.push(other);
      o++;
    } else {
      result.push(next);
      s++;
    }
  }
  return result;
}

/** The items that `order` names, in its order; with `keepsOthers` the rest follows as it stands. */
export function itemsInOrderOf(list: readonly JsonValue[], order: readonly JsonValue[], kind: ListKind, keepsOthers = false): JsonValue[] {
  const positioned = list.map((item) => ({ item, at: indexOf(order, item, kind) }));
  const named = positioned.filter(({ at }) => at >= 0).sort((a, b) => a.at - b.at);
  const rest = keepsOthers ? positioned.filter(({ at }) => at < 0) : [];
  return [...named, ...rest].map(({ item }) => item);
}

/** Where the item with the same identity stands, or -1. */
export function indexOf(list: readonly JsonValue[], item: JsonValue, { mergeKey }: ListKind): number {
  if (mergeKey === undefined) return list.findIndex((other) => jsonEqual(other, item));
  const wanted = isObject(item) ? item[mergeKey] : undefined;
  return list.findIndex((other) => isObject(other) && jsonEqual(other[mergeKey], wanted));
}
