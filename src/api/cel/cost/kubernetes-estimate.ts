import { type CelRange, UNBOUNDED } from '../program.ts';
import { type CelType, sameType } from '../types.ts';
import { integerOf } from '../values.ts';
import type { CallEstimate, CostNode, EstimateContext, EstimatedCall } from './call-estimate.ts';
import { CHECK_COST, selectorCost, UNIT_FUNCTIONS } from './kubernetes-cost.ts';
import { exactly, plus, regexEstimate, scale, times, UNKNOWN } from './ranges.ts';
import { REGEX_FACTOR, STRING_FACTOR } from './sizes.ts';

/** Upstream's bounds of a named format's regular expression and of its name. */
const MAX_FORMAT_REGEX = 128;
const MAX_FORMAT_SIZE = 64;
/** The bytes of an IPv4 and of an IPv6 address. */
const ADDRESS: CelRange = { min: 4, max: 16 };
const ONE = exactly(1);

/** What functions of Kubernetes' libraries can cost (`EstimateCallCost` of library/cost.go). Any change would let other rules into custom resource definitions. */
export function kubernetesEstimate(context: EstimateContext, call: EstimatedCall): CallEstimate | undefined {
  const { name, id, target, args } = call;
  if (UNIT_FUNCTIONS.has(name)) return { cost: ONE };
  const size = (node: CostNode | undefined): CelRange => node?.size ?? (node && context.estimateSize(node.path, node.type)) ?? UNKNOWN;
  const text = (node: CostNode | undefined, factor = STRING_FACTOR): CelRange => scale(size(node), factor);
  const [first, second] = args;
  switch (name) {
    case 'check':
      return { cost: exactly(CHECK_COST) };
    case 'fieldSelector':
    case 'labelSelector':
      return { cost: { min: selectorCost(size(first).min), max: Math.min(UNBOUNDED, selectorCost(size(first).max)) } };
    case 'isSorted':
    case 'sum':
    case 'max':
    case 'min':
    case 'indexOf':
    case 'lastIndexOf':
      return target && { cost: elementsEstimate(context, target, size(target)) };
    case 'url':
    case 'jsonpatch.escapeKey':
      return { cost: text(first), size: size(first) };
    case 'lowerAscii':
    case 'upperAscii':
    case 'substring':
    case 'trim':
      return target && { cost: text(target), size: size(target) };
    case 'replace':
      return target && { cost: text(target, 2 * STRING_FACTOR), size: replacedSize(size(target), size(first), size(second)) };
    case 'split':
      return target && { cost: text(target, 2 * STRING_FACTOR), size: { min: 0, max: splitCount(second, size(target).max) } };
    case 'join':
      return target && joinEstimate(context, target, size(target), first && size(first));
    case 'find':
    case 'findAll':
      return target && { cost: regexEstimate(size(target), size(first)), size: { min: 0, max: size(target).max } };
    case 'ip':
      return { cost: id === 'cidr_ip' ? ONE : text(first) };
    case 'cidr':
    case 'isIP':
    case 'isCIDR':
    case 'quantity':
    case 'isQuantity':
    case 'semver':
    case 'isSemver':
      return { cost: text(first) };
    case 'ip.isCanonical':
      return { cost: text(first, 2 * STRING_FACTOR) };
    case 'containsIP':
      return target && { cost: plus(scale(plus(ADDRESS, ADDRESS), STRING_FACTOR), id === 'cidr_contains_ip_string' ? text(first) : exactly(0)) };
    case 'containsCIDR':
      return target && { cost: containsCidr(id === 'cidr_contains_cidr_string' ? text(first) : exactly(0)) };
    case 'validate':
      return target && { cost: scale(text(first), MAX_FORMAT_REGEX * REGEX_FACTOR) };
    case '_==_':
      return first && second && sameType(first.type, second.type) ? equalityEstimate(first.type, second) : undefined;
    default:
      return undefined;
  }
}

function containsCidr(parsing: CelRange): CelRange {
  return plus(scale(plus(ADDRESS, ADDRESS), STRING_FACTOR), scale(ADDRESS, STRING_FACTOR), ONE, parsing);
}

/** One for each element, and the texts themselves when the elements are texts; of a text, its characters. */
function elementsEstimate(context: EstimateContext, target: CostNode, size: CelRange): CelRange {
  const [element] = target.type.params;
  if (!element) return scale(size, STRING_FACTOR);
  if (element.kind !== 'string' && element.kind !== 'bytes') return times(size, ONE);
  return times(size, plus(ONE, scale(elementSize(context, target, element), STRING_FACTOR)));
}

function elementSize(context: EstimateContext, list: CostNode, element: CelType): CelRange {
  return context.estimateSize(list.path && [...list.path, '@items'], element) ?? UNKNOWN;
}

/** The size of `text.replace(old, by)`: from the most to the fewest and from the longest to the shortest replacements. */
function replacedSize(text: CelRange, old: CelRange, by: CelRange): CelRange {
  const most = bound(text.max, old.min, by.max <= old.min);
  const least = bound(text.min, old.max, old.max <= by.min);
  return {
    min: Math.min(UNBOUNDED, least.count * by.min + least.kept),
    max: Math.min(UNBOUNDED, most.count * by.max + most.kept),
  };
}

function bound(text: number, old: number, isUnchanged: boolean): { count: number; kept: number } {
  if (old === 0) return { count: text < UNBOUNDED ? text + 1 : text, kept: text };
  return isUnchanged ? { count: 0, kept: text } : { count: Math.ceil(text / old), kept: 0 };
}

function splitCount(limit: CostNode | undefined, most: number): number {
  if (limit?.expr.kind !== 'literal') return most;
  const value = integerOf(limit.expr.value);
  return value === undefined ? most : value < 0 ? UNBOUNDED : Number(value);
}

function joinEstimate(context: EstimateContext, list: CostNode, count: CelRange, separator: CelRange | undefined): CallEstimate {
  const [element] = list.type.params;
  const texts = element ? times(count, elementSize(context, list, element)) : exactly(0);
  const separators = { min: Math.max(0, count.min - 1), max: Math.max(0, count.max - 1) };
  const size = separator ? plus(texts, times(separator, separators)) : texts;
  return { cost: scale(size, STRING_FACTOR), size };
}

function equalityEstimate(type: CelType, right: CostNode): CallEstimate | undefined {
  switch (type.name) {
    case 'kubernetes.NamedFormat':
      return { cost: scale({ min: 1, max: MAX_FORMAT_SIZE }, STRING_FACTOR) };
    case 'kubernetes.URL':
      return { cost: scale({ min: 1, max: right.size?.max ?? 1 }, STRING_FACTOR) };
    default:
      return /^(net\.(IP|CIDR)|kubernetes\.(Quantity|Semver|authorization\.\w+))$/.test(type.name) ? { cost: ONE } : undefined;
  }
}
