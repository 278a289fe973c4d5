import { compare } from '../arithmetic.ts';
import type { CelLibrary } from '../environment.ts';
import { CelCostExceededError, fail } from '../errors.ts';
import { type CelFunction, celFunction, member, overload } from '../functions.ts';
import type { Expr } from '../parser/ast.ts';
import { iterationVariable, memberMacro } from '../parser/macro.ts';
import { collector } from '../parser/standard-macros.ts';
import { dynType, intType, listOf, typeParam } from '../types.ts';
import { COMPARABLE_TYPES } from './comparable-types.ts';
import { ArrayList, CelList, type CelValue, celEquals, typeOfValue } from '../values.ts';

const T = typeParam('T');
const U = typeParam('U');
const COMPARABLE_KINDS = new Set(COMPARABLE_TYPES.map(([, { kind }]) => kind));
/** A longer `lists.range` costs more than any evaluation may, so it is not made in the first place. */
const LONGEST_RANGE = 1_000_000;

function slice(list: CelList, start: number, end: number): CelList {
  const call = `cannot slice(${start}, ${end})`;
  if (start < 0 || end < 0) fail(`${call}, negative indexes not supported`);
  if (start > end) fail(`${call}, start index must be less than or equal to end index`);
  if (list.size < end) fail(`${call}, list is length ${list.size}`);
  return new ArrayList([...list].slice(start, end));
}

function flatten(list: CelList, depth: number): CelValue[] {
  if (depth < 0) fail('level must be non-negative');
  return [...list].flatMap((value) => (value instanceof CelList && depth > 0 ? flatten(value, depth - 1) : [value]));
}

function sortBy(list: CelList, keys: CelList): CelList {
  if (list.size !== keys.size)
    fail(`@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${list.size} and ${keys.size} elements respectively`);
  if (list.size === 0) return list;
  const { kind } = typeOfValue(keys.get(0));
  if (!COMPARABLE_KINDS.has(kind)) fail('list elements must be comparable');
  const pairs = [...list].map((value, i) => ({ value, key: keys.get(i) }));
  if (pairs.some(({ key }) => typeOfValue(key).kind !== kind)) fail('list elements must have the same type');
  return new ArrayList(pairs.sort((a, b) => compare(a.key, b.key)).map(({ value }) => value));
}

/** Scalars are found by a set; other values are compared with every one before them, as upstream does. */
function distinct(list: CelList): CelList {
  const seen = new Set<CelValue>();
  const kept: CelValue[] = [];
  for (const value of list) {
    const isPlain = typeof value === 'string' || typeof value === 'boolean';
    if (isPlain ? seen.has(value) : kept.some((other) => celEquals(value, other))) continue;
    seen.add(value);
    kept.push(value);
  }
  return new ArrayList(kept);
}

function range(count: number): CelList {
  if (count > LONGEST_RANGE) throw new CelCostExceededError();
  return new ArrayList(Array.from({ length: Math.max(0, count) }, (_, i) => i));
}

const FUNCTIONS: readonly CelFunction[] = [
  celFunction(
    'slice',
    member('list_slice', [listOf(T), intType, intType], listOf(T), (list, start, end) => slice(list as CelList, Number(start), Number(end))),
  ),
  celFunction(
    'flatten',
    member('list_flatten', [listOf(listOf(T))], listOf(T), (list) => new ArrayList(flatten(list as CelList, 1))),
    member('list_flatten_int', [listOf(dynType), intType], listOf(dynType), (list, depth) => new ArrayList(flatten(list as CelList, Number(depth)))),
  ),
  celFunction(
    'sort',
    ...COMPARABLE_TYPES.map(([name, type]) => member(`list_${name}_sort`, [listOf(type)], listOf(type), (list) => sortBy(list as CelList, list as CelList))),
  ),
  celFunction(
    '@sortByAssociatedKeys',
    ...COMPARABLE_TYPES.map(([name, type]) =>
      member(`list_${name}_sortByAssociatedKeys`, [listOf(T), listOf(type)], listOf(T), (list, keys) => sortBy(list as CelList, keys as CelList)),
    ),
  ),
  celFunction(
    'lists.range',
    overload('lists_range', [intType], listOf(intType), (count) => range(Number(count))),
  ),
  celFunction(
    'reverse',
    member('list_reverse', [listOf(T)], listOf(T), (list) => new ArrayList([...(list as CelList)].reverse())),
  ),
  celFunction(
    'distinct',
    member('list_distinct', [listOf(U)], listOf(U), (list) => distinct(list as CelList)),
  ),
];

const SORT_INPUT = '@__sortBy_input__';
const SORTABLE_TARGETS = new Set(['list', 'select', 'ident', 'comprehension', 'call']);

const SORT_BY = memberMacro('sortBy', 2, (call) => {
  const { factory, target, args, fault } = call;
  if (!SORTABLE_TARGETS.has(target.kind)) fault(target, 'sortBy can only be applied to a list, identifier, comprehension, call or select expression');
  const [name, key] = args as [Expr, Expr];
  const iterVar = iterationVariable(call, name, 'argument is not an identifier');
  const keys = collector(
    { ...call, target: factory.ident(SORT_INPUT) },
    { iterVar },
    { init: factory.list(), step: factory.call('_+_', factory.accumulator(), factory.list(key)) },
  );
  return factory.comprehension({
    range: factory.list(),
    iterVar: '#unused',
    accuVar: SORT_INPUT,
    init: target,
    condition: factory.literal(false),
    step: factory.ident(SORT_INPUT),
    result: factory.memberCall('@sortByAssociatedKeys', factory.ident(SORT_INPUT), keys),
  });
});

/** cel-go's list functions in version 3. */
export const LISTS: CelLibrary = { name: 'cel.lib.ext.lists', functions: FUNCTIONS, macros: [SORT_BY] };
