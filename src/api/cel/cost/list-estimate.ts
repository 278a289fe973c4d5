import { type CelRange, UNBOUNDED } from '../program.ts';
import { integerOf } from '../values.ts';
import type { CallEstimate, CostNode, EstimatedCall } from './call-estimate.ts';
import { exactly, plus, scale, times, UNKNOWN } from './ranges.ts';
import { STRING_FACTOR } from './sizes.ts';

/** A call and the making of a list. */
const ALLOCATING_CALL = exactly(11);

/** What cel-go's libraries of lists and sets say that their functions can cost. */
export function listEstimate({ id, target, args }: EstimatedCall): CallEstimate | undefined {
  const size = target?.size ?? UNKNOWN;
  const [first, second] = args;
  switch (id) {
    case 'list_sets_contains_list':
    case 'list_sets_intersects_list':
      return sets(first, second, 1);
    case 'list_sets_equivalent_list':
      return sets(first, second, 2);
    case 'list_slice':
      return allocating(1, exactly(Math.max(0, literalInt(second, size.max) - literalInt(first, 0))));
    case 'lists_range':
      return allocating(1, exactly(literalInt(first, UNBOUNDED)));
    case 'list_reverse':
      return allocating(1, size);
    case 'list_flatten':
      return allocating(1, size);
    case 'list_flatten_int':
      return allocating(literalInt(first, UNBOUNDED), size);
    case 'list_distinct':
      return allocating(2, times(size, size));
    default:
      return sortEstimate(id, size, first);
  }
}

function sortEstimate(id: string, size: CelRange, keys: CostNode | undefined): CallEstimate | undefined {
  const match = /^list_(.+)_(sort|sortByAssociatedKeys)$/.exec(id);
  if (!match) return undefined;
  const sorted = match[2] === 'sort' ? size : (keys?.size ?? UNKNOWN);
  return allocating(match[1] === 'string' || match[1] === 'bytes' ? 2 + STRING_FACTOR : 2, times(sorted, sorted));
}

function sets(a: CostNode | undefined, b: CostNode | undefined, factor: number): CallEstimate {
  return { cost: plus(scale(times(a?.size ?? UNKNOWN, b?.size ?? UNKNOWN), factor), exactly(1)) };
}

function allocating(factor: number, size: CelRange): CallEstimate {
  return { cost: plus(scale(size, factor), ALLOCATING_CALL), size };
}

function literalInt(node: CostNode | undefined, otherwise: number): number {
  if (node?.expr.kind !== 'literal') return otherwise;
  const value = integerOf(node.expr.value);
  return value === undefined || value < 0 ? otherwise : Number(value);
}
