import { CelBoxed, type CelValue } from '../values.ts';
import { type CallCost, regexCost, scaled, sizeOf, traversalCost } from './sizes.ts';

/** An authorization check: two of them are all that an expression can afford. */
export const CHECK_COST = 350_000;
/** Functions that cost one unit whatever they are given. */
export const UNIT_FUNCTIONS: ReadonlySet<string> = new Set(
  [
    'serviceAccount path group resource subresource namespace name allowed reason error errored',
    'masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast',
    'format.named sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub major minor patch',
    'getScheme getHostname getHost getPort getEscapedPath getQuery',
  ].flatMap((names) => names.split(' ')),
);
/** Types whose values compare in one step. */
const UNIT_EQUALITY = /^(net\.(IP|CIDR)|kubernetes\.(Quantity|URL|NamedFormat|Semver|authorization\.\w+))$/;
/** The parts of a selector: at least two characters make a requirement, each of which needs a list and a struct. */
const SELECTOR_BASE = 10;
const PER_REQUIREMENT = 50;

/** What a function of Kubernetes' libraries costs while it runs (`CallCost` of library/cost.go); undefined for functions that cel-go counts itself. */
export function kubernetesCost(name: string, id: string): CallCost | undefined {
  if (UNIT_FUNCTIONS.has(name)) return 1;
  switch (name) {
    case 'check':
      return CHECK_COST;
    case 'fieldSelector':
    case 'labelSelector':
      return { ofArgs: ([, selector]) => selectorCost(sizeOf(selector)) };
    case 'isSorted':
    case 'sum':
    case 'max':
    case 'min':
    case 'indexOf':
    case 'lastIndexOf':
      return { ofArgs: ([list]) => traversalCost(list as CelValue) };
    case 'url':
    case 'lowerAscii':
    case 'upperAscii':
    case 'substring':
    case 'trim':
    case 'jsonpatch.escapeKey':
    case 'cidr':
    case 'isIP':
    case 'isCIDR':
    case 'quantity':
    case 'isQuantity':
    case 'semver':
    case 'isSemver':
      return { ofArgs: ([text]) => scaled(sizeOf(text)) };
    case 'ip':
      return id === 'cidr_ip' ? 1 : { ofArgs: ([text]) => scaled(sizeOf(text)) };
    case 'replace':
    case 'split':
    case 'ip.isCanonical':
      return { ofArgs: ([text]) => scaled(sizeOf(text) * 2) };
    case 'join':
      return { ofResult: (result) => scaled(sizeOf(result) * 2) };
    case 'find':
    case 'findAll':
      return { ofArgs: regexCost };
    case 'containsIP':
      return { ofArgs: ([cidr, other]) => scaled(sizeOf(cidr) * 2) + (id === 'cidr_contains_ip_string' ? scaled(sizeOf(other)) : 0) };
    case 'containsCIDR':
      return {
        ofArgs: ([cidr, other]) => scaled(sizeOf(cidr) * 2) + scaled(sizeOf(cidr)) + 1 + (id === 'cidr_contains_cidr_string' ? scaled(sizeOf(other)) : 0),
      };
    case 'validate':
      return { ofArgs: ([format, text]) => scaled(1 + sizeOf(text)) * scaled(regexSizeOf(format), 0.25) };
    case '_==_':
      return { ofArgs: ([left, right]) => (isUnitEquality(left) ? 1 : scaled(Math.min(sizeOf(left), sizeOf(right)))) };
    default:
      return undefined;
  }
}

/** Parsing a label or field selector of this length. */
export function selectorCost(length: number): number {
  return SELECTOR_BASE + scaled(length) + Math.ceil(Math.ceil(length * 0.5) * PER_REQUIREMENT);
}

function isUnitEquality(value: CelValue | undefined): boolean {
  return value instanceof CelBoxed && UNIT_EQUALITY.test(value.type.name);
}

function regexSizeOf(format: CelValue | undefined): number {
  return format instanceof CelBoxed && 'maxRegexSize' in format ? Number(format.maxRegexSize) : 1;
}
