import type { FieldError } from '../../machinery/field-error.ts';

/** Checks the expression that chooses devices. `isStored`: it was accepted before. */
export type DeviceExpressionChecker = (expression: string, path: string, isStored: boolean) => FieldError[];

let checker: DeviceExpressionChecker | undefined;

/** Sets what compiles expressions. It is loaded when a server starts; until then expressions are taken as they are. */
export function setDeviceExpressionChecker(check: DeviceExpressionChecker | undefined): void {
  checker = check;
}

/** What is wrong with an expression that chooses devices, as the compiler says. */
export function checkDeviceExpression(expression: string, path: string, isStored: boolean): FieldError[] {
  return checker?.(expression, path, isStored) ?? [];
}
