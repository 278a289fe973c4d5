import { CelList, type CelValue } from '../values.ts';
import { kubernetesCost } from './kubernetes-cost.ts';
import { type CallCost, regexCost, STRING_FACTOR, scaled, sizeOf } from './sizes.ts';

/** A call and the making of a list. */
const ALLOCATING_CALL = 11;

/** What calling a function costs while it runs, as cel-go's `runtimecost.go` with Kubernetes' estimator counts it. `id` is empty when several signatures are possible. */
export function runtimeCost(name: string, id: string): CallCost {
  return kubernetesCost(name, id) ?? standardCost(name, id);
}

function standardCost(name: string, id: string): CallCost {
  if (name === '_==_' || name === '_!=_') return { ofArgs: equalityCost };
  switch (id) {
    case 'list_sets_contains_list':
    case 'list_sets_intersects_list':
      return { ofArgs: ([a, b]) => sizeOf(a) * sizeOf(b) + 1 };
    case 'list_sets_equivalent_list':
      return { ofArgs: ([a, b]) => sizeOf(a) * sizeOf(b) * 2 + 1 };
    case 'list_slice':
    case 'lists_range':
    case 'list_reverse':
      return { ofResult: (result) => sizeOf(result) + ALLOCATING_CALL };
    case 'list_flatten':
    case 'list_flatten_int':
      return { ofArgs: ([list, depth = 1]) => Math.max(0, Number(depth)) * sizeOf(list) + ALLOCATING_CALL };
    case 'list_distinct':
      return { ofArgs: ([list]) => selfCompareCost(list) };
    case 'starts_with_string':
    case 'ends_with_string':
    case 'string_to_bytes':
    case 'bytes_to_string':
    case 'strings_quote':
    case 'string_format':
      return { ofArgs: ([value]) => scaled(sizeOf(value)) };
    case 'in_list':
      return { ofArgs: ([, list]) => sizeOf(list) };
    case 'add_string':
    case 'add_bytes':
      return { ofArgs: ([left, right]) => scaled(sizeOf(left) + sizeOf(right)) };
    case 'matches':
    case 'matches_string':
      return { ofArgs: regexCost };
    case 'contains_string':
      return { ofArgs: ([text, part]) => scaled(sizeOf(text)) * scaled(sizeOf(part)) };
    default:
      if (/^list_.+_sort$/.test(id)) return { ofArgs: ([list]) => selfCompareCost(list) };
      if (/^list_.+_sortByAssociatedKeys$/.test(id)) return { ofArgs: ([, keys]) => selfCompareCost(keys) };
      return /^(less|greater)(_equals)?_(string|bytes)$/.test(id) ? { ofArgs: equalityCost } : 1;
  }
}

/** Comparing every element with every other. */
function selfCompareCost(list: CelValue | undefined): number {
  const size = sizeOf(list);
  const first = list instanceof CelList && size > 0 ? list.get(0) : undefined;
  const factor = typeof first === 'string' || first instanceof Uint8Array ? 2 + STRING_FACTOR : 2;
  return Math.floor(size * size * factor) + ALLOCATING_CALL;
}

function equalityCost([left, right]: readonly CelValue[]): number {
  return scaled(Math.min(sizeOf(left), sizeOf(right)));
}
