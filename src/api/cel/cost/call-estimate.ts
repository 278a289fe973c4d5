import type { Expr } from '../parser/ast.ts';
import type { CelRange } from '../program.ts';
import type { CelType } from '../types.ts';
import { kubernetesEstimate } from './kubernetes-estimate.ts';
import { listEstimate } from './list-estimate.ts';
import { exactly, plus, regexEstimate, scale, times, UNKNOWN, union } from './ranges.ts';
import { STRING_FACTOR } from './sizes.ts';

/** A node whose cost or size is asked for. */
export interface CostNode {
  readonly expr: Expr;
  readonly type: CelType;
  readonly path: readonly string[] | undefined;
  readonly size: CelRange | undefined;
}

/** How large the keys and values of a list or map are. */
export interface EntrySize {
  readonly container: 'list' | 'map';
  readonly key: CelRange;
  readonly value: CelRange;
}

/** What estimates may ask of the whole expression. */
export interface EstimateContext {
  entryOf(expr: Expr): EntrySize | undefined;
  setEntry(expr: Expr, entry: EntrySize | undefined): void;
  estimateSize(path: readonly string[] | undefined, type: CelType): CelRange | undefined;
}

/** A call of one signature. `costs` are those of the arguments, the receiver's not among them. */
export interface EstimatedCall {
  readonly name: string;
  readonly id: string;
  readonly target: CostNode | undefined;
  readonly args: readonly CostNode[];
  readonly costs: readonly CelRange[];
}

/** What a call costs, and how large its result is when that is known. */
export interface CallEstimate {
  readonly cost: CelRange;
  readonly size?: CelRange | undefined;
}

/** The cost of a call with its arguments'. */
export function estimateCall(context: EstimateContext, expr: Expr, call: EstimatedCall): CallEstimate {
  const own = listEstimate(call) ?? kubernetesEstimate(context, call);
  if (own) return { cost: plus(own.cost, ...call.costs), size: own.size };
  return controlEstimate(context, expr, call) ?? withArgs(call, textEstimate(call) ?? combineEstimate(context, expr, call) ?? { cost: exactly(1) });
}

function withArgs({ costs }: EstimatedCall, { cost, size }: CallEstimate): CallEstimate {
  return { cost: plus(cost, ...costs), size };
}

/** The size of a node, or of anything. */
export function sizeOr(node: CostNode | undefined): CelRange {
  return node?.size ?? UNKNOWN;
}

/** Operators that do not evaluate all of their arguments. */
function controlEstimate(context: EstimateContext, expr: Expr, { id, args, costs }: EstimatedCall): CallEstimate | undefined {
  if (id === 'logical_and' || id === 'logical_or') {
    const [left, right] = costs as [CelRange, CelRange];
    return { cost: { min: left.min, max: plus(left, right).max } };
  }
  if (id !== 'conditional') return undefined;
  const [condition, truthy, falsy] = costs as [CelRange, CelRange, CelRange];
  const [, yes, no] = args as [CostNode, CostNode, CostNode];
  context.setEntry(expr, entryUnion(context.entryOf(yes.expr), context.entryOf(no.expr)));
  return { cost: plus(condition, union(truthy, falsy)), size: union(sizeOr(yes), sizeOr(no)) };
}

/** Functions that go through a text. */
function textEstimate({ id, target, args }: EstimatedCall): CallEstimate | undefined {
  const [first] = args;
  const text = sizeOr(first);
  switch (id) {
    case 'string_format':
      return target && { cost: scale(sizeOr(target), STRING_FACTOR), size: UNKNOWN };
    case 'string_to_bytes':
      return { cost: scale(text, STRING_FACTOR), size: { min: text.min, max: times(text, exactly(4)).max } };
    case 'bytes_to_string':
      return { cost: scale(text, STRING_FACTOR), size: { min: Math.floor(text.min / 4), max: text.max } };
    case 'strings_quote':
      return { cost: scale(text, STRING_FACTOR), size: { min: text.min + 2, max: plus(times(text, exactly(2)), exactly(2)).max } };
    case 'starts_with_string':
    case 'ends_with_string':
      return { cost: scale(text, STRING_FACTOR) };
    case 'matches_string':
      return target && { cost: regexEstimate(sizeOr(target), text) };
    case 'contains_string':
      return target && { cost: times(scale(sizeOr(target), STRING_FACTOR), scale(text, STRING_FACTOR)) };
    default:
      return undefined;
  }
}

/** Operators that compare or join two values. */
function combineEstimate(context: EstimateContext, expr: Expr, { id, args }: EstimatedCall): CallEstimate | undefined {
  const [left, right] = args;
  if (id === 'in_list') return { cost: sizeOr(right) };
  if (id === 'equals' || id === 'not_equals' || /^(less|greater)(_equals)?_(string|bytes)$/.test(id)) {
    const max = Math.min(sizeOr(left).max, sizeOr(right).max);
    return { cost: scale({ min: max > 0 ? 1 : 0, max }, STRING_FACTOR) };
  }
  if (id !== 'add_string' && id !== 'add_bytes' && id !== 'add_list') return undefined;
  const size = plus(sizeOr(left), sizeOr(right));
  context.setEntry(expr, entryUnion(left && context.entryOf(left.expr), right && context.entryOf(right.expr)));
  return { cost: id === 'add_list' ? exactly(1) : scale(size, STRING_FACTOR), size };
}

function entryUnion(a: EntrySize | undefined, b: EntrySize | undefined): EntrySize | undefined {
  return a && b && { container: a.container, key: union(a.key, b.key), value: union(a.value, b.value) };
}
