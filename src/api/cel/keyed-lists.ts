/** Lists that a schema calls sets or maps: what they hold goes by value or by key fields, not by place. */
import { compareStrings } from './arithmetic.ts';
import type { CelType } from './types.ts';
import { textOf } from './value-text.ts';
import { CelDouble, CelList, CelMap, type CelValue, celEquals } from './values.ts';

/** Whether both hold the same, in whatever order; `mine` says what makes an element itself. */
export function isSameCollection(mine: CelList, other: CelList): boolean {
  if (other.size !== mine.size) return false;
  if (mine.type.listType === 'set') return [...mine].every((value) => other.contains(value));
  const theirs = new Map([...other].map((value) => [keyOf(value, mine.type), value]));
  return [...mine].every((value) => {
    const counterpart = theirs.get(keyOf(value, mine.type));
    return counterpart !== undefined && celEquals(value, counterpart);
  });
}

/** Elements of `mine` stay in place, in a map overwritten by those of `other` under the same key; new ones follow. */
export function mergeLists(mine: CelList, other: CelList): CelValue[] {
  const merged = [...mine];
  const places = new Map(merged.map((value, i) => [keyOf(value, mine.type), i]));
  for (const value of other) {
    const key = keyOf(value, mine.type);
    const place = places.get(key);
    if (place === undefined) {
      places.set(key, merged.length);
      merged.push(value);
    } else if (mine.type.listType === 'map') merged[place] = value;
  }
  return merged;
}

/** What makes an element itself: its value in a set, its key fields in a map. */
function keyOf(value: CelValue, { listType, listMapKeys = [] }: CelType): string {
  if (listType === 'set') return scalarKey(value);
  return listMapKeys.map((key) => (value instanceof CelMap ? scalarKey(value.find(key)) : '')).join('\u0000');
}

function scalarKey(value: CelValue | undefined): string {
  if (value instanceof CelDouble) return `double ${value.value}`;
  if (value instanceof CelMap || value instanceof CelList) return JSON.stringify(plainOf(value));
  return `${typeof value} ${value === undefined ? '' : textOf(value)}`;
}

function plainOf(value: CelValue): unknown {
  if (value instanceof CelList) return [...value].map(plainOf);
  if (value instanceof CelMap)
    return Object.fromEntries(
      [...value.keys()]
        .map(textOf)
        .toSorted(compareStrings)
        .map((key) => [key, plainOf(value.find(key) as CelValue)]),
    );
  return scalarKey(value);
}
