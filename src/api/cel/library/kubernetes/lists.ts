import { add, compare } from '../../arithmetic.ts';
import type { CelLibrary } from '../../environment.ts';
import { fail } from '../../errors.ts';
import { type CelFunction, celFunction, member } from '../../functions.ts';
import { boolType, type CelType, doubleType, durationType, intType, listOf, typeParam, uintType } from '../../types.ts';
import { CelDouble, CelDuration, type CelList, CelUint, type CelValue, celEquals } from '../../values.ts';
import { COMPARABLE_TYPES } from '../comparable-types.ts';

const A = typeParam('A');
const SUMMABLE: readonly (readonly [name: string, type: CelType, zero: CelValue])[] = [
  ['int', intType, 0],
  ['uint', uintType, new CelUint(0)],
  ['double', doubleType, new CelDouble(0)],
  ['duration', durationType, new CelDuration(0n)],
];

function isSorted(list: CelList): boolean {
  for (let i = 1; i < list.size; i++) if (compare(list.get(i - 1), list.get(i)) > 0) return false;
  return true;
}

/** The first of the largest (`sign` 1) or smallest (-1) elements. */
function extreme(name: string, sign: 1 | -1) {
  return (list: CelList): CelValue => {
    let best: CelValue | undefined;
    for (const value of list) if (best === undefined || compare(value, best) * sign > 0) best = value;
    return best === undefined ? fail(`${name} called on empty list`) : best;
  };
}

function indexOf(list: CelList, item: CelValue): number {
  for (let i = 0; i < list.size; i++) if (celEquals(list.get(i), item)) return i;
  return -1;
}

function lastIndexOf(list: CelList, item: CelValue): number {
  for (let i = list.size - 1; i >= 0; i--) if (celEquals(list.get(i), item)) return i;
  return -1;
}

function comparable(name: string, call: (list: CelList) => CelValue): CelFunction {
  return celFunction(
    name,
    ...COMPARABLE_TYPES.map(([type, celType]) => member(`list_${type}_${name}_${type}`, [listOf(celType)], celType, (list) => call(list as CelList))),
  );
}

function sum(list: CelList, zero: CelValue): CelValue {
  let total = zero;
  for (const value of list) total = add(total, value);
  return total;
}

/** List functions, as k8s.io/apiserver/pkg/cel/library/lists.go. */
export const KUBERNETES_LISTS: CelLibrary = {
  name: 'kubernetes.lists',
  functions: [
    celFunction(
      'isSorted',
      ...COMPARABLE_TYPES.map(([type, celType]) => member(`list_${type}_is_sorted_bool`, [listOf(celType)], boolType, (list) => isSorted(list as CelList))),
    ),
    celFunction(
      'sum',
      ...SUMMABLE.map(([type, celType, zero]) => member(`list_${type}_sum_${type}`, [listOf(celType)], celType, (list) => sum(list as CelList, zero))),
    ),
    comparable('max', extreme('max', 1)),
    comparable('min', extreme('min', -1)),
    celFunction(
      'indexOf',
      member('list_a_index_of_int', [listOf(A), A], intType, (list, item) => indexOf(list as CelList, item as CelValue)),
    ),
    celFunction(
      'lastIndexOf',
      member('list_a_last_index_of_int', [listOf(A), A], intType, (list, item) => lastIndexOf(list as CelList, item as CelValue)),
    ),
  ],
};
