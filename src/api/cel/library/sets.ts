import type { CelLibrary } from '../environment.ts';
import { celFunction, overload } from '../functions.ts';
import { boolType, listOf, typeParam } from '../types.ts';
import type { CelList } from '../values.ts';

const T = typeParam('T');
const lists = [listOf(T), listOf(T)];

function containsAll(list: CelList, sublist: CelList): boolean {
  for (const value of sublist) if (!list.contains(value)) return false;
  return true;
}

function intersects(a: CelList, b: CelList): boolean {
  for (const value of a) if (b.contains(value)) return true;
  return false;
}

function compare(holds: (a: CelList, b: CelList) => boolean) {
  return (a: unknown, b: unknown): boolean => holds(a as CelList, b as CelList);
}

/** Lists taken as sets. */
export const SETS: CelLibrary = {
  name: 'cel.lib.ext.sets',
  functions: [
    celFunction('sets.contains', overload('list_sets_contains_list', lists, boolType, compare(containsAll))),
    celFunction(
      'sets.equivalent',
      overload(
        'list_sets_equivalent_list',
        lists,
        boolType,
        compare((a, b) => containsAll(a, b) && containsAll(b, a)),
      ),
    ),
    celFunction('sets.intersects', overload('list_sets_intersects_list', lists, boolType, compare(intersects))),
  ],
};
