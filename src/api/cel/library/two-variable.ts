import type { CelLibrary } from '../environment.ts';
import { celFunction, overload } from '../functions.ts';
import { MutableMap } from '../interpreter/accumulators.ts';
import type { Expr } from '../parser/ast.ts';
import { iterationVariable, type MacroCall, memberMacro } from '../parser/macro.ts';
import { collector, quantifier } from '../parser/standard-macros.ts';
import { mapOf, typeParam } from '../types.ts';
import type { CelMap, CelValue } from '../values.ts';

const K = typeParam('K');
const V = typeParam('V');
const NOT_A_NAME = 'argument must be a simple name';

type MemberCall = MacroCall & { readonly target: Expr };

function variablesOf(call: MemberCall): { iterVar: string; iterVar2: string } {
  const [first, second] = call.args as [Expr, Expr];
  const iterVar = iterationVariable(call, first, NOT_A_NAME);
  const iterVar2 = iterationVariable(call, second, NOT_A_NAME);
  if (iterVar === iterVar2 && iterVar !== '!') call.fault(second, `duplicate variable name: ${iterVar}`);
  return { iterVar, iterVar2 };
}

function quantified(kind: 'all' | 'exists' | 'existsOne') {
  return (call: MemberCall): Expr => quantifier(kind, call, variablesOf(call), call.args[2] as Expr);
}

/** A macro of two variables, a filter that may be absent, and what is collected. */
function transformer(init: (call: MemberCall) => Expr, step: (call: MemberCall, key: string, transform: Expr) => Expr) {
  return (call: MemberCall): Expr => {
    const variables = variablesOf(call);
    const rest = call.args.slice(2);
    return collector(call, variables, {
      init: init(call),
      step: step(call, variables.iterVar, rest.at(-1) as Expr),
      filter: rest.length > 1 ? rest[0] : undefined,
    });
  };
}

const transformList = transformer(
  ({ factory }) => factory.list(),
  ({ factory }, _key, transform) => factory.call('_+_', factory.accumulator(), factory.list(transform)),
);
const transformMap = transformer(
  ({ factory }) => factory.map(),
  ({ factory }, key, transform) => factory.call('cel.@mapInsert', factory.accumulator(), factory.ident(key), transform),
);
const transformMapEntry = transformer(
  ({ factory }) => factory.map(),
  ({ factory }, _key, transform) => factory.call('cel.@mapInsert', factory.accumulator(), transform),
);

function mutable(map: CelValue): MutableMap {
  if (map instanceof MutableMap) return map;
  const copy = new MutableMap();
  for (const key of (map as CelMap).keys()) copy.insert(key, (map as CelMap).find(key) as CelValue);
  return copy;
}

function insertAll(map: CelValue, more: CelMap): CelValue {
  const into = mutable(map);
  for (const key of more.keys()) into.insert(key, more.find(key) as CelValue);
  return into;
}

/** Loops over an index or key and a value. */
export const TWO_VARIABLE_COMPREHENSIONS: CelLibrary = {
  name: 'cel.lib.ext.comprev2',
  macros: [
    memberMacro('all', 3, quantified('all')),
    memberMacro('exists', 3, quantified('exists')),
    memberMacro('existsOne', 3, quantified('existsOne')),
    memberMacro('exists_one', 3, quantified('existsOne')),
    ...[3, 4].flatMap((arity) => [
      memberMacro('transformList', arity, transformList),
      memberMacro('transformMap', arity, transformMap),
      memberMacro('transformMapEntry', arity, transformMapEntry),
    ]),
  ],
  functions: [
    celFunction(
      'cel.@mapInsert',
      overload('@mapInsert_map_key_value', [mapOf(K, V), K, V], mapOf(K, V), (map, key, value) =>
        mutable(map as CelValue).insert(key as CelValue, value as CelValue),
      ),
      overload('@mapInsert_map_map', [mapOf(K, V), mapOf(K, V)], mapOf(K, V), (map, more) => insertAll(map as CelValue, more as CelMap)),
    ),
  ],
};
