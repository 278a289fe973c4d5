import type { CelLibrary } from '../environment.ts';
import { fail } from '../errors.ts';
import { type CelFunction, celFunction, member, overload } from '../functions.ts';
import type { Expr } from '../parser/ast.ts';
import { type Macro, type MacroCall, memberMacro } from '../parser/macro.ts';
import { boolType, dynType, intType, listOf, mapOf, optionalOf, stringType, typeParam } from '../types.ts';
import { textOf } from '../value-text.ts';
import { ArrayList, CelBoxed, CelDouble, CelDuration, type CelList, CelOptional, CelTimestamp, CelUint, type CelValue } from '../values.ts';

/** Go's empty time. */
const YEAR_ONE = -62135596800;
const K = typeParam('K');
const V = typeParam('V');
const optionalV = optionalOf(V);

/** Whether a value is its type's empty value. */
function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === 0 || value === '') return true;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof CelDouble || value instanceof CelUint) return value.value === 0;
  if (value instanceof CelDuration) return value.nanos === 0n;
  if (value instanceof CelOptional) return value.value === undefined;
  if (value instanceof CelTimestamp) return value.seconds === YEAR_ONE && value.nanos === 0;
  return value instanceof CelBoxed && value.size === 0;
}

function valueOf(optional: CelValue): CelValue {
  const { value } = optional as CelOptional;
  return value === undefined ? fail('optional.none() dereference') : value;
}

function unwrap(list: CelValue): CelValue {
  const present: CelValue[] = [];
  for (const element of list as CelList) {
    if (!(element instanceof CelOptional)) fail(`value ${textOf(element)} is not optional`);
    else if (element.value !== undefined) present.push(element.value);
  }
  return new ArrayList(present);
}

function elementAt(list: CelValue, at: (size: number) => number): CelOptional {
  const { size } = list as CelList;
  return size === 0 ? CelOptional.none : new CelOptional((list as CelList).get(at(size)));
}

/** What the interpreter does itself is declared for the checker only. */
function planned(): never {
  return fail('no such overload');
}

const FUNCTIONS: readonly CelFunction[] = [
  celFunction(
    'optional.of',
    overload('optional_of', [V], optionalV, (value) => new CelOptional(value as CelValue)),
  ),
  celFunction(
    'optional.ofNonZeroValue',
    overload('optional_ofNonZeroValue', [V], optionalV, (value) => (isZero(value as CelValue) ? CelOptional.none : new CelOptional(value as CelValue))),
  ),
  celFunction(
    'optional.none',
    overload('optional_none', [], optionalV, () => CelOptional.none),
  ),
  celFunction(
    'value',
    member('optional_value', [optionalV], V, (optional) => valueOf(optional as CelValue)),
  ),
  celFunction(
    'hasValue',
    member('optional_hasValue', [optionalV], boolType, (optional) => (optional as CelOptional).value !== undefined),
  ),
  celFunction('or', member('optional_or_optional', [optionalV, optionalV], optionalV, planned)),
  celFunction('orValue', member('optional_orValue_value', [optionalV, V], V, planned)),
  celFunction('_?._', overload('select_optional_field', [dynType, stringType], optionalV, planned)),
  celFunction(
    '_[?_]',
    overload('list_optindex_optional_int', [listOf(V), intType], optionalV, planned),
    overload('optional_list_optindex_optional_int', [optionalOf(listOf(V)), intType], optionalV, planned),
    overload('map_optindex_optional_value', [mapOf(K, V), K], optionalV, planned),
    overload('optional_map_optindex_optional_value', [optionalOf(mapOf(K, V)), K], optionalV, planned),
  ),
  celFunction(
    '_[_]',
    overload('optional_list_index_int', [optionalOf(listOf(V)), intType], optionalV, planned),
    overload('optional_map_index_value', [optionalOf(mapOf(K, V)), K], optionalV, planned),
  ),
  celFunction(
    'last',
    member('list_last', [listOf(V)], optionalV, (list) => elementAt(list as CelValue, (size) => size - 1)),
  ),
  celFunction(
    'first',
    member('list_first', [listOf(V)], optionalV, (list) => elementAt(list as CelValue, () => 0)),
  ),
  celFunction(
    'optional.unwrap',
    overload('optional_unwrap', [listOf(optionalV)], listOf(V), (list) => unwrap(list as CelValue)),
  ),
  celFunction(
    'unwrapOpt',
    member('optional_unwrapOpt', [listOf(optionalV)], listOf(V), (list) => unwrap(list as CelValue)),
  ),
];

/** `target.optMap(x, f)`: `x` is the value while `transform` runs, and without a value there is none. */
function optionalMacro(name: string, wrap: (call: MacroCall, transformed: Expr) => Expr): Macro {
  return memberMacro(name, 2, (call) => {
    const { factory, target, args, fault } = call;
    const [variable, transform] = args as [Expr, Expr];
    if (variable.kind !== 'ident') fault(variable, `${name}() variable name must be a simple identifier`);
    const bound = factory.comprehension({
      range: factory.list(),
      iterVar: '#unused',
      accuVar: variable.kind === 'ident' ? variable.name : '!',
      init: factory.memberCall('value', target),
      condition: factory.literal(false),
      step: variable.kind === 'ident' ? factory.ident(variable.name) : factory.literal(null),
      result: transform,
    });
    return factory.call('_?_:_', factory.memberCall('hasValue', target), wrap(call, bound), factory.call('optional.none'));
  });
}

/** Optional values and the syntax for them, as cel-go's `OptionalTypes` in its second version. */
export const OPTIONALS: CelLibrary = {
  name: 'cel.lib.optional',
  hasOptionals: true,
  functions: FUNCTIONS,
  macros: [optionalMacro('optMap', ({ factory }, bound) => factory.call('optional.of', bound)), optionalMacro('optFlatMap', (_call, bound) => bound)],
  types: [optionalOf(dynType)],
};
