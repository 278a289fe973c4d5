/** Label selectors: upstream's string syntax and the LabelSelector object, as one fast matcher. */
import { lookupTable } from '#lib';
import type { LabelSelector } from '#api/types/meta-v1';
import { type FieldError, forbidden, invalid, required } from './field-error.ts';
import { isLabelValue, isQualifiedName } from './names.ts';
import { parseRequirements } from './selector-parser.ts';
import { isInt64, newRequirement, SelectorError, type SelectorOperator, type SelectorRequirement } from './selector-requirement.ts';

export type Labels = Readonly<Record<string, string | undefined>>;

/** A conjunction of requirements, sorted by key. */
export class Selector {
  readonly requirements: readonly SelectorRequirement[];
  readonly #matchesNothing: boolean;

  constructor(requirements: readonly SelectorRequirement[], matchesNothing = false) {
    this.requirements = requirements;
    this.#matchesNothing = matchesNothing;
  }

  /** Whether it selects everything. */
  get isEmpty(): boolean {
    return this.requirements.length === 0 && !this.#matchesNothing;
  }
  matches(labels: Labels | null | undefined): boolean {
    if (this.#matchesNothing) return false;
    for (const requirement of this.requirements) if (!meets(requirement, labels ?? NO_LABELS)) return false;
    return true;
  }
  /** The string form: `app=web,tier in (a,b),!old`. */
  toString(): string {
    return this.requirements.map(formatRequirement).join(',');
  }
}
const NO_LABELS: Labels = {};

/** Selects everything; nothing. */
export const everything = new Selector([]);
export const nothing = new Selector([], true);

function meets({ key, operator, values }: SelectorRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case '==':
      return value !== undefined && value === values[0];
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
    case 'lt':
      return value !== undefined && compares(operator, value, values[0] ?? '');
  }
}
function compares(operator: 'gt' | 'lt', value: string, bound: string): boolean {
  if (!isInt64(value) || !isInt64(bound)) return false;
  return operator === 'gt' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
}
function formatRequirement({ key, operator, values }: SelectorRequirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0]}`;
  }
}

/** Parses the string form; throws SelectorError with upstream's text. */
export function parseSelector(text: string): Selector {
  if (text === '') return everything;
  return new Selector(sorted(parseRequirements(text)));
}
function sorted(requirements: SelectorRequirement[]): SelectorRequirement[] {
  return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

const EXPRESSION_OPERATORS = lookupTable<SelectorOperator>({ In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' });
const selectors = new WeakMap<object, Selector>();

/** The selector of a LabelSelector: none selects nothing, an empty one everything. Throws SelectorError. Remembers objects it has seen: they are not changed. */
export function selectorOf(selector: LabelSelector | null | undefined): Selector {
  if (!selector) return nothing;
  let known = selectors.get(selector);
  if (!known) {
    known = buildSelector(selector);
    selectors.set(selector, known);
  }
  return known;
}
function buildSelector({ matchLabels, matchExpressions }: LabelSelector): Selector {
  const requirements = Object.entries(matchLabels ?? {}).map(([key, value]) => newRequirement(key, '=', [value]));
  for (const { key, operator, values } of matchExpressions ?? []) {
    const known = EXPRESSION_OPERATORS[operator];
    if (!known) throw new SelectorError(`${JSON.stringify(operator)} is not a valid label selector operator`);
    requirements.push(newRequirement(key, known, values ?? []));
  }
  return requirements.length ? new Selector(sorted(requirements)) : everything;
}

/** The selector of a plain map (Services, ReplicationControllers): an empty one selects everything. Values are not checked. */
export function selectorFromSet(labels: Readonly<Record<string, string>> | null | undefined): Selector {
  const entries = Object.entries(labels ?? {});
  return entries.length ? new Selector(sorted(entries.map(([key, value]) => ({ key, operator: '=', values: [value] })))) : everything;
}

/** As kubectl prints a LabelSelector: `<none>` when it is empty, `<error>` when it is wrong. */
export function formatLabelSelector(selector: LabelSelector | null | undefined): string {
  try {
    return selectorOf(selector).toString() || '<none>';
  } catch {
    return '<error>';
  }
}

/** Validation of a LabelSelector field. `allowInvalidValues` is for updates of what older versions let in. */
export function validateLabelSelector(
  selector: LabelSelector | null | undefined,
  path: string,
  options: { allowInvalidValues?: boolean | undefined } = {},
): FieldError[] {
  if (!selector) return [];
  const errors = validateLabels(selector.matchLabels, `${path}.matchLabels`);
  (selector.matchExpressions ?? []).forEach((expression, i) => {
    const at = `${path}.matchExpressions[${i}]`;
    errors.push(...operatorErrors(expression, at), ...isQualifiedName(expression.key).map((message) => invalid(`${at}.key`, expression.key, message)));
    if (options.allowInvalidValues) return;
    (expression.values ?? []).forEach((value, v) => {
      errors.push(...isLabelValue(value).map((message) => invalid(`${at}.values[${v}]`, value, message)));
    });
  });
  return errors;
}
function operatorErrors({ operator, values = [] }: { operator: string; values?: readonly string[] | undefined }, path: string): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length === 0 ? [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")] : [];
    case 'Exists':
    case 'DoesNotExist':
      return values.length > 0 ? [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")] : [];
    default:
      return [invalid(`${path}.operator`, operator, 'not a valid selector operator')];
  }
}

/** Validation of a map of labels. */
export function validateLabels(labels: Readonly<Record<string, string>> | null | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, value] of Object.entries(labels ?? {})) {
    errors.push(...isQualifiedName(name).map((message) => invalid(path, name, message)));
    errors.push(...isLabelValue(value).map((message) => invalid(path, value, message)));
  }
  return errors;
}
