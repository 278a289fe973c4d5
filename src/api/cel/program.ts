import type { CelType } from './types.ts';
import type { CelValue } from './values.ts';

/** The values of an expression's variables. A variable given as a function is made when it is first used, and once. */
export type CelBindings = Readonly<Record<string, CelValue | (() => CelValue)>>;

/** A compiled expression. It keeps no state between evaluations. */
export interface CelProgram {
  readonly source: string;
  readonly resultType: CelType;
  /**
   * Runs the expression; `cost` is what cel-go's runtime would count.
   * @throws CelEvaluationError with cel-go's text when it fails
   * @throws CelCostExceededError as soon as it costs more than `costLimit` (none: 1,000,000 in Kubernetes' environment)
   */
  evaluate(bindings: CelBindings, options?: { readonly costLimit?: number }): { readonly value: CelValue; readonly cost: number };
  /** The least and most that running it can cost, as cel-go's checker estimates it. */
  estimateCost(estimateSize?: CelSizeEstimator): CelRange;
}

/** From `min` to `max`, both included; `UNBOUNDED` for a max that is not known. */
export interface CelRange {
  readonly min: number;
  readonly max: number;
}

/** What stands for no bound: the largest 64 bit number, as in upstream's texts. */
export const UNBOUNDED = 2 ** 64;

/** What a size is asked of: the path to a value through the variables' types (`['self', 'names', '@items']`; also `@keys`, `@values`, `@indices`), and its type. */
export interface CelSizedNode {
  readonly path: readonly string[] | undefined;
  readonly type: CelType;
}

/** How large a value of unknown size can be; undefined when that is not known. */
export type CelSizeEstimator = (node: CelSizedNode) => CelRange | undefined;
