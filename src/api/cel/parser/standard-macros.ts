import { ACCUMULATOR, type Expr } from './ast.ts';
import { iterationVariable, type Macro, type MacroCall, memberMacro } from './macro.ts';

type MemberCall = MacroCall & { readonly target: Expr };

const NOT_A_NAME = 'argument must be a simple name';
const NOT_AN_IDENTIFIER = 'argument is not an identifier';

/** The loops that quantifiers become, with one iteration variable or two. */
type Quantifier = 'all' | 'exists' | 'existsOne';

/** `all`, `exists` or `exists_one` over a range. */
export function quantifier(kind: Quantifier, { factory, target }: MemberCall, variables: { iterVar: string; iterVar2?: string }, predicate: Expr): Expr {
  const common = { ...variables, range: target, accuVar: ACCUMULATOR };
  switch (kind) {
    case 'all':
      return factory.comprehension({
        ...common,
        init: factory.literal(true),
        condition: factory.call('@not_strictly_false', factory.accumulator()),
        step: factory.call('_&&_', factory.accumulator(), predicate),
        result: factory.accumulator(),
      });
    case 'exists':
      return factory.comprehension({
        ...common,
        init: factory.literal(false),
        condition: factory.call('@not_strictly_false', factory.call('!_', factory.accumulator())),
        step: factory.call('_||_', factory.accumulator(), predicate),
        result: factory.accumulator(),
      });
    case 'existsOne':
      return factory.comprehension({
        ...common,
        init: factory.literal(0),
        condition: factory.literal(true),
        step: factory.call('_?_:_', predicate, factory.call('_+_', factory.accumulator(), factory.literal(1)), factory.accumulator()),
        result: factory.call('_==_', factory.accumulator(), factory.literal(1)),
      });
  }
}

/** A loop that adds to a list or map: `step` where the filter holds. */
export function collector(
  { factory, target }: MemberCall,
  variables: { iterVar: string; iterVar2?: string },
  parts: { readonly init: Expr; readonly step: Expr; readonly filter?: Expr | undefined },
): Expr {
  const step = parts.filter ? factory.call('_?_:_', parts.filter, parts.step, factory.accumulator()) : parts.step;
  return factory.comprehension({
    ...variables,
    range: target,
    accuVar: ACCUMULATOR,
    init: parts.init,
    condition: factory.literal(true),
    step,
    result: factory.accumulator(),
  });
}

function simpleQuantifier(kind: Quantifier) {
  return (call: MemberCall): Expr => {
    const [name, predicate] = call.args as [Expr, Expr];
    return quantifier(kind, call, { iterVar: iterationVariable(call, name, NOT_A_NAME) }, predicate);
  };
}

function mapMacro(call: MemberCall): Expr {
  const { factory } = call;
  const [name, ...rest] = call.args as [Expr, ...Expr[]];
  const iterVar = iterationVariable(call, name, NOT_AN_IDENTIFIER);
  const transform = rest.at(-1) as Expr;
  const step = factory.call('_+_', factory.accumulator(), factory.list(transform));
  return collector(call, { iterVar }, { init: factory.list(), step, filter: rest.length > 1 ? rest[0] : undefined });
}

function filterMacro(call: MemberCall): Expr {
  const { factory } = call;
  const [name, filter] = call.args as [Expr, Expr];
  const iterVar = iterationVariable(call, name, NOT_AN_IDENTIFIER);
  const step = factory.call('_+_', factory.accumulator(), factory.list(name));
  return collector(call, { iterVar }, { init: factory.list(), step, filter });
}

function hasMacro({ args, factory, fault }: MacroCall): Expr {
  const [arg] = args as [Expr];
  if (arg.kind === 'select') return factory.select(arg.operand, arg.field, true);
  fault(arg, 'invalid argument to has() macro');
  return arg;
}

/** The macros of cel-spec. */
export const STANDARD_MACROS: readonly Macro[] = [
  { name: 'has', arity: 1, isMember: false, expand: hasMacro },
  memberMacro('all', 2, simpleQuantifier('all')),
  memberMacro('exists', 2, simpleQuantifier('exists')),
  memberMacro('exists_one', 2, simpleQuantifier('existsOne')),
  memberMacro('map', 2, mapMacro),
  memberMacro('map', 3, mapMacro),
  memberMacro('filter', 2, filterMacro),
];
