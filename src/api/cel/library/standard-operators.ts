import { add, compare, divide, modulo, multiply, negate, subtract } from '../arithmetic.ts';
import { fail, noSuchOverload } from '../errors.ts';
import { type CelFunction, operator } from '../functions.ts';
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  dynType,
  intType,
  listOf,
  mapOf,
  stringType,
  timestampType,
  typeParam,
  uintType,
} from '../types.ts';
import { CelList, CelMap, celEquals, type CelValue } from '../values.ts';

const A = typeParam('A');
const B = typeParam('B');

/** cel-go's names of types in overload ids. */
const COMPARABLE: readonly (readonly [string, CelType])[] = [
  ['bool', boolType],
  ['int64', intType],
  ['uint64', uintType],
  ['double', doubleType],
  ['string', stringType],
  ['bytes', bytesType],
  ['timestamp', timestampType],
  ['duration', durationType],
];
const NUMERIC = COMPARABLE.slice(1, 4);

/** `<` and its like, also between ints, uints and doubles. */
function comparison(name: string, id: string, holds: (order: number) => boolean): CelFunction {
  const same = COMPARABLE.map(([type, celType]) => [`${id}_${type}`, [celType, celType], boolType] as const);
  const mixed = NUMERIC.flatMap(([left, leftType]) =>
    NUMERIC.filter(([right]) => right !== left).map(([right, rightType]) => [`${id}_${left}_${right}`, [leftType, rightType], boolType] as const),
  );
  return operator(name, (a, b) => holds(compare(a as CelValue, b as CelValue)), ...same, ...mixed);
}

type Signature = readonly [string, readonly CelType[], CelType];

function arithmetic(id: string, types: readonly (readonly [string, CelType])[]): Signature[] {
  return types.map(([type, celType]) => [`${id}_${type}`, [celType, celType], celType] as const);
}

function contains(value: CelValue, container: CelValue): boolean {
  if (container instanceof CelList) return container.contains(value);
  return container instanceof CelMap ? container.has(value) : noSuchOverload();
}

/** Operators that the planner evaluates itself are declared for the checker only. */
function planned(): never {
  return fail('no such overload');
}

/** cel-spec's operators. */
export const OPERATORS: readonly CelFunction[] = [
  operator('_&&_', planned, ['logical_and', [boolType, boolType], boolType]),
  operator('_||_', planned, ['logical_or', [boolType, boolType], boolType]),
  operator('_?_:_', planned, ['conditional', [boolType, A, A], A]),
  operator('@not_strictly_false', planned, ['not_strictly_false', [boolType], boolType]),
  operator('_[_]', planned, ['index_list', [listOf(A), intType], A], ['index_map', [mapOf(A, B), A], B]),
  operator('!_', (value) => (typeof value === 'boolean' ? !value : noSuchOverload()), ['logical_not', [boolType], boolType]),
  operator('_==_', (a, b) => celEquals(a as CelValue, b as CelValue), ['equals', [A, A], boolType]),
  operator('_!=_', (a, b) => !celEquals(a as CelValue, b as CelValue), ['not_equals', [A, A], boolType]),
  operator('@in', (a, b) => contains(a as CelValue, b as CelValue), ['in_list', [A, listOf(A)], boolType], ['in_map', [A, mapOf(A, B)], boolType]),
  comparison('_<_', 'less', (order) => order < 0),
  comparison('_<=_', 'less_equals', (order) => order <= 0),
  comparison('_>_', 'greater', (order) => order > 0),
  comparison('_>=_', 'greater_equals', (order) => order >= 0),
  operator(
    '_+_',
    (a, b) => add(a as CelValue, b as CelValue),
    ['add_bytes', [bytesType, bytesType], bytesType],
    ['add_double', [doubleType, doubleType], doubleType],
    ['add_duration_duration', [durationType, durationType], durationType],
    ['add_duration_timestamp', [durationType, timestampType], timestampType],
    ['add_timestamp_duration', [timestampType, durationType], timestampType],
    ['add_int64', [intType, intType], intType],
    ['add_list', [listOf(A), listOf(A)], listOf(A)],
    ['add_string', [stringType, stringType], stringType],
    ['add_uint64', [uintType, uintType], uintType],
  ),
  operator(
    '_-_',
    (a, b) => subtract(a as CelValue, b as CelValue),
    ...arithmetic('subtract', NUMERIC),
    ['subtract_duration_duration', [durationType, durationType], durationType],
    ['subtract_timestamp_duration', [timestampType, durationType], timestampType],
    ['subtract_timestamp_timestamp', [timestampType, timestampType], durationType],
  ),
  operator('_*_', (a, b) => multiply(a as CelValue, b as CelValue), ...arithmetic('multiply', NUMERIC)),
  operator('_/_', (a, b) => divide(a as CelValue, b as CelValue), ...arithmetic('divide', NUMERIC)),
  operator('_%_', (a, b) => modulo(a as CelValue, b as CelValue), ...arithmetic('modulo', NUMERIC.slice(0, 2))),
  operator('-_', (a) => negate(a as CelValue), ['negate_double', [doubleType], doubleType], ['negate_int64', [intType], intType]),
  operator('dyn', (a) => a as CelValue, ['to_dyn', [A], dynType]),
];
