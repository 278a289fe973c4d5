import type { FieldError } from '../../machinery/field-error.ts';
import type * as Compiler from './expression-compiler.ts';

/** Where in a policy or webhook an expression stands: what it may use, and what it has to give, depends on it. */
export type ExpressionPlace = 'matchCondition' | 'variable' | 'validation' | 'message' | 'auditAnnotation' | 'applyConfiguration' | 'jsonPatch';

export interface ExpressionContext {
  readonly place: ExpressionPlace;
  readonly hasParams: boolean;
  /** The types of the variables before the expression, which a variable's expression adds to; absent where variables cannot be used. */
  readonly variables?: object | undefined;
  /** The name of a variable. */
  readonly name?: string | undefined;
}

let compiler: typeof Compiler | undefined;

/** Loads CEL: awaited before an object with expressions is judged. Servers without any never pay for it. */
export async function loadExpressions(): Promise<void> {
  compiler ??= await import('./expression-compiler.ts');
}

/** What is wrong with an expression of a policy, binding or webhook, as the compiler says. `loadExpressions()` must have been awaited. */
export function checkExpression(expression: string, path: string, context: ExpressionContext): FieldError[] {
  if (!compiler) throw new Error('an expression is judged before CEL was loaded: await loadExpressions() first');
  return compiler.expressionErrors(expression, path, context);
}
