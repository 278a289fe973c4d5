import type { FieldError } from '../../machinery/field-error.ts';

/** Where in a policy or webhook an expression stands: what it may use, and what it has to give, depends on it. */
export type ExpressionPlace = 'matchCondition' | 'variable' | 'validation' | 'message' | 'auditAnnotation' | 'applyConfiguration' | 'jsonPatch';

export interface ExpressionContext {
  readonly place: ExpressionPlace;
  readonly hasParams: boolean;
  /** False in webhooks' conditions: they know neither variables nor namespaceObject. */
  readonly isPolicy: boolean;
}

/** Checks one expression. */
export type ExpressionChecker = (expression: string, path: string, context: ExpressionContext) => FieldError[];

let checker: ExpressionChecker | undefined;

/** Sets what compiles expressions. It is loaded when a server starts; until then expressions are taken as they are. */
export function setExpressionChecker(check: ExpressionChecker | undefined): void {
  checker = check;
}

/** What is wrong with an expression of a policy, binding or webhook, as the compiler says. */
export function checkExpression(expression: string, path: string, context: ExpressionContext): FieldError[] {
  return checker?.(expression, path, context) ?? [];
}
