import type { CelType } from './types.ts';
import type { CelValue } from './values.ts';

/** How an overload is evaluated. A failure is thrown by `fail`. */
export type CelImplementation = (...args: readonly CelValue[]) => CelValue;

/** One signature of a function. A member's receiver is its first argument. */
export interface CelOverload {
  /** cel-go's id: `string_to_int`. Costs go by it. */
  readonly id: string;
  readonly isMember: boolean;
  readonly args: readonly CelType[];
  readonly result: CelType;
  readonly call: CelImplementation;
}

/** A function and all its signatures. */
export interface CelFunction {
  readonly name: string;
  readonly overloads: readonly CelOverload[];
  /** An operator of the language: a value that it does not take is told without the function's name. */
  readonly isOperator?: boolean;
}

type Signature = readonly [id: string, args: readonly CelType[], result: CelType, call: CelImplementation];

/** A signature called as `f(a)`. */
export function overload(...[id, args, result, call]: Signature): CelOverload {
  return { id, isMember: false, args, result, call };
}

/** A signature called as `a.f(b)`. */
export function member(...[id, args, result, call]: Signature): CelOverload {
  return { id, isMember: true, args, result, call };
}

/** A function of some signatures. */
export function celFunction(name: string, ...overloads: readonly CelOverload[]): CelFunction {
  return { name, overloads };
}

/** An operator: one implementation serves every signature. */
export function operator(
  name: string,
  call: CelImplementation,
  ...signatures: readonly (readonly [id: string, args: readonly CelType[], result: CelType])[]
): CelFunction {
  return { name, isOperator: true, overloads: signatures.map(([id, args, result]) => ({ id, isMember: false, args, result, call })) };
}
