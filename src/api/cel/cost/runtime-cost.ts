import type { CelValue } from '../values.ts';
import { kubernetesCost } from './kubernetes-cost.ts';
import { type CallCost, regexCost, scaled, sizeOf } from './sizes.ts';

/** What calling a function costs while it runs, as cel-go's `runtimecost.go` with Kubernetes' estimator counts it. `id` is empty when several signatures are possible. */
export function runtimeCost(name: string, id: string): CallCost {
  return kubernetesCost(name, id) ?? standardCost(name, id);
}

function standardCost(name: string, id: string): CallCost {
  if (name === '_==_' || name === '_!=_') return equalityCost;
  switch (id) {
    case 'starts_with_string':
    case 'ends_with_string':
    case 'string_to_bytes':
    case 'bytes_to_string':
    case 'strings_quote':
    case 'string_format':
      return ([value]) => scaled(sizeOf(value));
    case 'in_list':
      return ([, list]) => sizeOf(list);
    case 'add_string':
    case 'add_bytes':
      return ([left, right]) => scaled(sizeOf(left) + sizeOf(right));
    case 'matches':
    case 'matches_string':
      return regexCost;
    case 'contains_string':
      return ([text, part]) => scaled(sizeOf(text)) * scaled(sizeOf(part));
    default:
      return /^(less|greater)(_equals)?_(string|bytes)$/.test(id) ? equalityCost : 1;
  }
}

function equalityCost([left, right]: readonly CelValue[]): number {
  return scaled(Math.min(sizeOf(left), sizeOf(right)));
}
