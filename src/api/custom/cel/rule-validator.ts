/** The rules of a schema, compiled: it has the shape of the schema, without the parts that have no rules. Follows Validator of apiextensions-apiserver/pkg/apiserver/schema/cel. */
import { findSchemaPath } from '../schema-path.ts';
import { isEmbedded, itemsOf, type JsonSchema, valuesOf } from '../json-schema.ts';
import { celModule } from './cel-module.ts';
import { type CompiledRule, compileRule } from './compiled-rule.ts';
import { type DeclaredType, declaredType } from './declared-type.ts';

export interface RuleValidator {
  readonly schema: JsonSchema;
  readonly declared: DeclaredType | undefined;
  readonly rules: readonly NodeRule[];
  /** Why there are no rules though the schema has some. */
  readonly failure: string | undefined;
  readonly allOf: readonly RuleValidator[];
  readonly items: RuleValidator | undefined;
  readonly values: RuleValidator | undefined;
  readonly properties: ReadonlyMap<string, RuleValidator>;
}
export interface NodeRule extends CompiledRule {
  /** Below the value that the rule is about: where its failure is reported. */
  readonly fieldPath: string;
}

const known = new WeakMap<JsonSchema, RuleValidator | null>();

/** Whether a resource of this schema has rules that are asked; those within `allOf` alone are not. */
export function hasRules(schema: JsonSchema | undefined): boolean {
  if (!schema) return false;
  if ((schema['x-kubernetes-validations'] ?? []).length > 0) return true;
  return hasRules(itemsOf(schema)) || hasRules(valuesOf(schema)) || Object.values(schema.properties ?? {}).some(hasRules);
}

/** The compiled rules of a resource's schema, made when they are first needed; undefined where there are none. */
export function ruleValidator(schema: JsonSchema | undefined): RuleValidator | undefined {
  if (!schema) return undefined;
  let found = known.get(schema);
  if (found === undefined) {
    found = compileRules(schema, true) ?? null;
    known.set(schema, found);
  }
  return found ?? undefined;
}
/** The same, made anew; `isRoot`: of a resource. */
export function compileRules(schema: JsonSchema, isRoot: boolean): RuleValidator | undefined {
  return hasRules(schema) ? build(schema, schema, declaredType(schema, isRoot)) : undefined;
}

/** Rules come from `rules`; what they are about is described by `schema`. They differ within `allOf`. */
function build(rules: JsonSchema, schema: JsonSchema, declared: DeclaredType | undefined): RuleValidator | undefined {
  const given = rules['x-kubernetes-validations'] ?? [];
  const compiled = declared ? given.map((rule) => ({ ...compileRule(rule, declared), fieldPath: normalPath(rule.fieldPath, schema) })) : [];
  const failure = given.length > 0 && !declared ? unsupported(schema) : undefined;
  const items = buildPart(itemsOf(rules), itemsOf(schema), declared?.element);
  const values = buildPart(valuesOf(rules), valuesOf(schema), declared?.element);
  const properties = buildProperties(rules, schema, declared);
  const allOf = (rules.allOf ?? []).flatMap((each) => build(each as JsonSchema, schema, declared) ?? []);
  const isEmpty = compiled.length === 0 && !failure && !items && !values && properties.size === 0 && allOf.length === 0;
  return isEmpty ? undefined : { schema, declared, rules: compiled, failure, items, values, properties, allOf };
}
function buildPart(rules: JsonSchema | undefined, schema: JsonSchema | undefined, declared: DeclaredType | undefined): RuleValidator | undefined {
  return rules && schema && build(rules, schema, declared);
}
function buildProperties(rules: JsonSchema, schema: JsonSchema, declared: DeclaredType | undefined): Map<string, RuleValidator> {
  const built = new Map<string, RuleValidator>();
  for (const [name, each] of Object.entries(rules.properties ?? {})) {
    const property = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    if (!property) continue;
    const escaped = celModule().escapeFieldName(name);
    const type = escaped === undefined ? declaredType(property, isEmbedded(property)) : declared?.fields?.get(escaped);
    const validator = type && build(each, property, type);
    if (validator) built.set(name, validator);
  }
  return built;
}

function normalPath(fieldPath: string | undefined, schema: JsonSchema): string {
  const found = fieldPath ? findSchemaPath(fieldPath, schema, { allowsBrackets: true }) : undefined;
  return found && 'path' in found ? found.path : '';
}
function unsupported(schema: JsonSchema): string {
  const keeps = schema['x-kubernetes-preserve-unknown-fields'] === true;
  return `rule declared on schema that does not support validation rules type: '${schema.type ?? ''}' x-kubernetes-preserve-unknown-fields: '${keeps}'`;
}
