/** The expressions of rules must compile, and may not cost too much. Follows ValidateCustomResourceDefinitionOpenAPISchema and cel_validation.go of pkg/apis/apiextensions/validation. */
import { compileRule } from '../../custom/cel/compiled-rule.ts';
import { declaredType, unboundedCount } from '../../custom/cel/declared-type.ts';
import { boundOf, hasAdditionalProperties, isEmbedded, type JsonSchema } from '../../custom/json-schema.ts';
import { type FieldError, forbidden, internalError, invalid } from '../../machinery/field-error.ts';
import { printRule } from './internal-form.ts';

const EXPRESSION_LIMIT = 10_000_000;
const SCHEMA_LIMIT = 100_000_000;
const MOST_NAMED = 4;

/** What all expressions of a schema may cost together. */
export class RuleCosts {
  /** What single expressions cost is not judged. */
  readonly allowsExpensive: boolean;
  #total = 0;
  readonly #expensive: { readonly path: string; readonly cost: number }[] = [];

  constructor({ allowsExpensive }: { allowsExpensive: boolean }) {
    this.allowsExpensive = allowsExpensive;
  }

  add(path: string, cost: number): void {
    this.#total += cost;
    if (cost >= SCHEMA_LIMIT / 100) this.#expensive.push({ path, cost });
  }

  errors(path: string): FieldError[] {
    if (this.#total <= SCHEMA_LIMIT) return [];
    const most = this.#expensive.toSorted((a, b) => b.cost - a.cost).slice(0, MOST_NAMED);
    return [
      ...most.map((each) => forbidden(each.path, 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema')),
      forbidden(path, costText('x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema', this.#total, SCHEMA_LIMIT)),
    ];
  }
}

/** What is known of the place of a schema within the whole. */
export interface RulePlace {
  readonly costs: RuleCosts;
  readonly isRoot: boolean;
  /** How often the value can appear; undefined without bounds. */
  readonly cardinality: number | undefined;
  /** The list whose items cannot be told apart, where the value lies in one. */
  readonly uncorrelated: string | undefined;
}

export function rootPlace(costs: RuleCosts): RulePlace {
  return { costs, isRoot: true, cardinality: 1, uncorrelated: undefined };
}
/** The place of what lies directly in a schema's value. */
export function placeWithin(place: RulePlace | undefined, schema: JsonSchema): RulePlace | undefined {
  if (!place) return undefined;
  const factor = maxElements(schema);
  const cardinality = place.cardinality === undefined || factor === undefined ? undefined : place.cardinality * factor;
  return { ...place, isRoot: false, cardinality };
}
export function itemPlace(place: RulePlace | undefined, schema: JsonSchema, path: string): RulePlace | undefined {
  const within = placeWithin(place, schema);
  return within && { ...within, uncorrelated: within.uncorrelated ?? (schema['x-kubernetes-list-type'] === 'map' ? undefined : path) };
}
function maxElements(schema: JsonSchema): number | undefined {
  if (schema.type === 'array') return schema.maxItems === undefined ? undefined : boundOf(schema.maxItems);
  if (schema.type !== 'object' || !hasAdditionalProperties(schema)) return 1;
  return schema.maxProperties === undefined ? undefined : boundOf(schema.maxProperties);
}

/** What is wrong with the expressions of one part of a schema, which is right otherwise. */
export function expressionErrors(schema: JsonSchema, path: string, { costs, isRoot, cardinality, uncorrelated }: RulePlace): FieldError[] {
  const rules = schema['x-kubernetes-validations'] ?? [];
  if (rules.length === 0) return [];
  const declared = declaredType(schema, isRoot || isEmbedded(schema));
  if (!declared) {
    const why = 'failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations';
    return [internalError(`${path}.x-kubernetes-validations`, `internal error: ${why}`)];
  }
  const errors: FieldError[] = [];
  rules.forEach((rule, i) => {
    const at = `${path}.x-kubernetes-validations[${i}]`;
    const compiled = compileRule(rule, declared);
    const judge = (field: string, what: string, cost: number): void => {
      if (!costs.allowsExpensive && cost > EXPRESSION_LIMIT) errors.push(forbidden(`${at}.${field}`, costText(what, cost, EXPRESSION_LIMIT)));
      costs.add(`${at}.${field}`, cost);
    };
    judge('rule', 'estimated rule cost', compiled.maxCost * (cardinality ?? unboundedCount(declared)));
    if (compiled.error !== undefined) errors.push(invalid(`${at}.rule`, printRule(rule), compiled.error));
    const { message } = compiled;
    if (message.error !== undefined) errors.push(invalid(`${at}.messageExpression`, printRule(rule), message.error));
    else if (message.program) judge('messageExpression', 'estimated messageExpression cost', message.maxCost);
    if (compiled.usesOldSelf && uncorrelated !== undefined)
      errors.push(invalid(`${at}.rule`, rule.rule, `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`));
    if (!compiled.usesOldSelf && rule.optionalOldSelf !== undefined)
      errors.push(invalid(`${at}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule'));
  });
  return errors;
}

function costText(what: string, cost: number, limit: number): string {
  const excess = cost / limit;
  const factor = excess > 100 ? 'more than 100x' : `${excess < 1.5 ? excess.toFixed(6) : excess.toFixed(1)}x`;
  const advice = 'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';
  return `${what} exceeds budget by factor of ${factor} (${advice})`;
}
