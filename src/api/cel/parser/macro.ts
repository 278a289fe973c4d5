import type { Expr, NodeFactory } from './ast.ts';

/** A call as a macro sees it. `fault` tells what is wrong with a node. */
export interface MacroCall {
  readonly name: string;
  readonly target: Expr | undefined;
  readonly args: readonly Expr[];
  readonly factory: NodeFactory;
  readonly fault: (at: Expr, message: string) => void;
}

/** Rewrites a call; undefined leaves the call as it is. A call with a fault gives any node. */
export type MacroExpander = (call: MacroCall) => Expr | undefined;

/** A function that is expanded when the expression is read. */
export interface Macro {
  readonly name: string;
  readonly isMember: boolean;
  /** How many arguments it takes; undefined for any number. */
  readonly arity: number | undefined;
  readonly expand: MacroExpander;
}

function keyOf(name: string, arity: number | undefined, isMember: boolean): string {
  return `${name}:${arity ?? '*'}:${isMember}`;
}

/** Macros by what they match. */
export function macroTable(macros: readonly Macro[]): ReadonlyMap<string, Macro> {
  return new Map(macros.map((macro) => [keyOf(macro.name, macro.arity, macro.isMember), macro]));
}

/** What a call becomes when a macro matches it; undefined when none does. */
export function expandMacro(macros: ReadonlyMap<string, Macro>, call: MacroCall): Expr | undefined {
  const isMember = call.target !== undefined;
  const macro = macros.get(keyOf(call.name, call.args.length, isMember)) ?? macros.get(keyOf(call.name, undefined, isMember));
  return macro?.expand(call);
}

/** A macro called on a value: `list.all(x, p)`. */
export function memberMacro(name: string, arity: number, expand: (call: MacroCall & { readonly target: Expr }) => Expr): Macro {
  return { name, arity, isMember: true, expand: (call) => expand(call as MacroCall & { target: Expr }) };
}

/** The name of an iteration variable; after a fault, one that cannot be used. */
export function iterationVariable({ fault }: MacroCall, arg: Expr, message: string): string {
  if (arg.kind !== 'ident') {
    fault(arg, message);
    return '!';
  }
  if (arg.name === '__result__') fault(arg, 'iteration variable overwrites accumulator variable');
  return arg.name;
}
