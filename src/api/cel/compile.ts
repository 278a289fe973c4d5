import { check } from './checker/checker.ts';
import { validateLiterals } from './checker/literal-validators.ts';
import { staticCost } from './cost/static-cost.ts';
import type { CelEnvironment } from './environment.ts';
import { CelEvaluationError, Failure } from './errors.ts';
import { type Plan, Frame } from './interpreter/frame.ts';
import { kubernetesEnvironment } from './kubernetes-environment.ts';
import { Planner } from './interpreter/planner.ts';
import { parse } from './parser/parser.ts';
import type { CelProgram } from './program.ts';
import { type CelIssue, sortIssues, Source } from './source.ts';
import type { CelType } from './types.ts';

/** What an expression may use. */
export interface CompileOptions {
  /** Names and types; a dotted name (`authorizer.requestResource`) is one variable. */
  readonly variables: Readonly<Record<string, CelType>>;
  /** Kubernetes' base environment when absent. */
  readonly environment?: CelEnvironment;
}

/** A program, or what is wrong with the text. `isPlanFailure` when the expression is right but a constant part of it fails (`int('x')`): upstream tells such faults apart. */
export type CompileResult = { readonly program: CelProgram } | { readonly issues: readonly CelIssue[]; readonly isPlanFailure?: true };

/** Upstream's limit of one evaluation. */
export const PER_CALL_LIMIT = 1_000_000;

/** Reads, checks and plans an expression. */
export function compile(text: string, { variables, environment = kubernetesEnvironment }: CompileOptions): CompileResult {
  const source = new Source(text);
  const { macros, hasOptionals, options } = environment;
  const parsed = parse(source, { macros, hasOptionals, hasQuotedFields: options.hasQuotedFields ?? false, maxDepth: options.maxDepth });
  if (!parsed.expr) return { issues: sortIssues(parsed.issues) };
  const { ast, issues } = check(parsed.expr, source, environment, variables);
  if (issues.length === 0 && options.hasLiteralChecks) issues.push(...validateLiterals(ast, source));
  if (issues.length > 0) return { issues: sortIssues(issues) };
  try {
    const plan = new Planner(ast, environment).plan(parsed.expr);
    const resultType = ast.types.get(parsed.expr) as CelType;
    return {
      program: { source: text, resultType, evaluate: evaluator(plan), estimateCost: (estimateSize = () => undefined) => staticCost(ast, estimateSize) },
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { issues: [{ line: -1, column: 0, message: error.message, text: error.message }], isPlanFailure: true };
  }
}

function evaluator({ run }: Plan): CelProgram['evaluate'] {
  return (bindings, { costLimit = PER_CALL_LIMIT } = {}) => {
    const frame = new Frame(bindings, costLimit);
    try {
      const value = run(frame);
      return { value, cost: frame.cost };
    } catch (error) {
      if (error instanceof Failure) throw new CelEvaluationError(error.message);
      // A text longer than JavaScript's longest: upstream would run out of memory.
      if (error instanceof RangeError && /string length/i.test(error.message)) throw new CelEvaluationError('string is too long');
      throw error;
    }
  };
}
