import type { CelLibrary } from '../environment.ts';
import type { Expr } from '../parser/ast.ts';
import type { Macro } from '../parser/macro.ts';

const BIND: Macro = {
  name: 'bind',
  arity: 3,
  isMember: true,
  expand: ({ target, args, factory, fault }) => {
    if (target?.kind !== 'ident' || target.name !== 'cel') return undefined;
    const [name, init, result] = args as [Expr, Expr, Expr];
    if (name.kind !== 'ident') {
      fault(name, 'cel.bind() variable names must be simple identifiers');
      return name;
    }
    return factory.comprehension({
      range: factory.list(),
      iterVar: '#unused',
      accuVar: name.name,
      init,
      condition: factory.literal(false),
      step: factory.ident(name.name),
      result,
    });
  },
};

/** `cel.bind(x, value, expression)`. Kubernetes has it for device selectors only. */
export const BINDINGS: CelLibrary = { name: 'cel.lib.ext.cel.bindings', macros: [BIND] };
