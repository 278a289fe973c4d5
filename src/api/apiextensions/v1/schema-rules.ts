/** Rules for schemas that are not about their structure. Follows ValidateCustomResourceDefinitionOpenAPISchema of pkg/apis/apiextensions/validation. */
import { type FieldError, forbidden, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { hasDefault, isEmbedded, isMetaField, itemsOf, type JsonSchema, propertyOf, valuesOf } from '../../custom/json-schema.ts';
import { expressionErrors, itemPlace, placeWithin, rootPlace, type RuleCosts, type RulePlace } from './rule-expressions.ts';
import { findSchemaPath } from '../../custom/schema-path.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

/** What existing definitions may keep though new ones may not have it. */
export interface SchemaRuleOptions {
  readonly requiresValidType: boolean;
  readonly requiresAtomicSet: boolean;
  readonly requiresMapKeys: boolean;
}
/** What holds for a part of the schema. */
interface Context {
  /** Absent where expressions are not looked at. */
  readonly rules?: RulePlace | undefined;
  /** Why there may be no default; undefined: there may. */
  readonly noDefault?: string;
  readonly isInMeta: boolean;
  readonly isRoot: boolean;
}

/** Without `costs`, expressions are not looked at. */
export function schemaRuleErrors(schema: JsonSchema, path: string, options: SchemaRuleOptions, costs?: RuleCosts): FieldError[] {
  const found: Found = { errors: [], expressions: [] };
  visit(schema, path, { isInMeta: false, isRoot: true, rules: costs && rootPlace(costs) }, options, found);
  return [...found.errors, ...found.expressions];
}

/** Mistakes of schemas come before those of expressions. */
interface Found {
  readonly errors: FieldError[];
  readonly expressions: FieldError[];
}

function visit(schema: JsonSchema, path: string, context: Context, options: SchemaRuleOptions, found: Found): void {
  const { errors } = found;
  const before = errors.length;
  errors.push(...dialectErrors(schema, path, context, options));
  if (schema.uniqueItems) errors.push(forbidden(`${path}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'));
  const inner: Context = { ...context, isRoot: false, rules: undefined };
  visitValues(schema, path, { ...inner, rules: placeWithin(context.rules, schema) }, options, found);
  for (const [name, property] of sorted(schema.properties))
    visit(property, `${path}.properties[${name}]`, propertyContext(schema, name, context), options, found);
  if (schema.not) visit(schema.not, `${path}.not`, inner, options, found);
  for (const field of ['allOf', 'oneOf', 'anyOf'] as const) schema[field]?.forEach((each, i) => visit(each, `${path}.${field}[${i}]`, inner, options, found));
  for (const [name, each] of sorted(schema.definitions)) visit(each, `${path}.definitions[${name}]`, inner, options, found);
  const items = itemsOf(schema);
  if (items) visit(items, `${path}.items`, { ...inner, rules: itemPlace(context.rules, schema, path) }, options, found);
  if (Array.isArray(schema.items)) schema.items.forEach((each, i) => visit(each, `${path}.items[${i}]`, inner, options, found));
  for (const [name, each] of sorted(schema.dependencies)) if (isSchema(each)) visit(each, `${path}.dependencies[${name}]`, inner, options, found);
  errors.push(...extensionErrors(schema, path, options), ...ruleErrors(schema, path));
  // The type of what is wrong cannot be told.
  if (errors.length === before && context.rules) found.expressions.push(...expressionErrors(schema, path, context.rules));
}

function isSchema(dependency: JsonSchema | string[] | null): dependency is JsonSchema {
  return dependency !== null && !Array.isArray(dependency);
}

function visitValues(schema: JsonSchema, path: string, context: Context, options: SchemaRuleOptions, found: Found): void {
  const { additionalProperties } = schema;
  if (additionalProperties === undefined) return;
  if (Object.keys(schema.properties ?? {}).length > 0 && additionalProperties !== true)
    found.errors.push(forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
  const values = valuesOf(schema);
  const inMeta = context.isInMeta ? { noDefault: 'inside additionalProperties applying to object metadata' } : {};
  if (values) visit(values, `${path}.additionalProperties`, { ...context, ...inMeta }, options, found);
}
function propertyContext(schema: JsonSchema, name: string, context: Context): Context {
  const rules = placeWithin(context.rules, schema);
  if (!(context.isRoot || isEmbedded(schema)) || !isMetaField(name)) return { ...context, rules, isRoot: false };
  return { ...context, rules, ...(context.isRoot ? { noDefault: `in top-level ${name}` } : {}), isInMeta: true, isRoot: false };
}
function sorted<V>(map: Readonly<Record<string, V>> | undefined): [string, V][] {
  return Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What OpenAPI has and definitions may not use. */
function dialectErrors(schema: JsonSchema, path: string, { noDefault, isInMeta }: Context, { requiresValidType }: SchemaRuleOptions): FieldError[] {
  const errors: FieldError[] = [];
  const ban = (isThere: boolean, field: string, text = `${field} is not supported`): void => {
    if (isThere) errors.push(forbidden(`${path}.${field}`, text));
  };
  if (requiresValidType && schema.type && !TYPES.includes(schema.type)) errors.push(notSupported(`${path}.type`, schema.type, TYPES));
  ban(hasDefault(schema) && noDefault !== undefined, 'default', `must not be set ${noDefault ?? ''}`);
  ban(Boolean(schema.id), 'id');
  ban(schema.additionalItems !== undefined, 'additionalItems');
  ban(Object.keys(schema.patternProperties ?? {}).length > 0, 'patternProperties');
  ban(Object.keys(schema.definitions ?? {}).length > 0, 'definitions');
  ban(schema.dependencies !== undefined, 'dependencies');
  ban(schema.$ref !== undefined, '$ref');
  ban(schema.type === 'null', 'type', 'type cannot be set to null, use nullable as an alternative');
  ban(Array.isArray(schema.items) && schema.items.length > 0, 'items', 'items must be a schema object and not an array');
  ban(isInMeta && isEmbedded(schema), 'x-kubernetes-embedded-resource', 'must not be used inside of resource meta');
  return errors;
}

function extensionErrors(schema: JsonSchema, path: string, options: SchemaRuleOptions): FieldError[] {
  const errors: FieldError[] = [];
  const keep = schema['x-kubernetes-preserve-unknown-fields'];
  if (keep === false) errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, keep, 'must be true or undefined'));
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType !== undefined && schema.type !== 'object') errors.push(wrongType(schema, path, 'must be object if x-kubernetes-map-type is specified'));
  if (mapType !== undefined && !['atomic', 'granular'].includes(mapType))
    errors.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
  return [...errors, ...listTypeErrors(schema, path, options)];
}
function wrongType({ type }: JsonSchema, path: string, text: string): FieldError {
  return type ? invalid(`${path}.type`, type, text) : required(`${path}.type`, text);
}

function listTypeErrors(schema: JsonSchema, path: string, options: SchemaRuleOptions): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const errors: FieldError[] = [];
  if (listType !== undefined && schema.type !== 'array') errors.push(wrongType(schema, path, 'must be array if x-kubernetes-list-type is specified'));
  else if (options.requiresAtomicSet && listType === 'set') errors.push(...setItemErrors(itemsOf(schema), path));
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType))
    errors.push(notSupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map']));
  if (keys.length > 0 && listType !== 'map') {
    const text = 'must be map if x-kubernetes-list-map-keys is non-empty';
    errors.push(listType === undefined ? required(`${path}.x-kubernetes-list-type`, text) : invalid(`${path}.x-kubernetes-list-type`, listType, text));
  }
  if (listType === 'map') errors.push(...mapListErrors(schema, keys, path));
  if (options.requiresMapKeys) errors.push(...mapKeyErrors(schema, path));
  return errors;
}
function setItemErrors(items: JsonSchema | undefined, path: string): FieldError[] {
  const text = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items?.['x-kubernetes-list-type'];
  const mapType = items?.['x-kubernetes-map-type'];
  if (items?.type === 'array' && listType !== undefined && listType !== 'atomic') return [invalid(`${path}.items.x-kubernetes-list-type`, listType, text)];
  // Upstream prints the list type here.
  if (items?.type === 'object' && mapType !== 'atomic')
    return [{ ...invalid(`${path}.items.x-kubernetes-map-type`, listType, text), ...nullValue(listType, text) }];
  return [];
}
function nullValue(value: unknown, text: string): { message?: string } {
  return value === undefined ? { message: `Invalid value: null: ${text}` } : {};
}

function mapListErrors(schema: JsonSchema, keys: readonly string[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (keys.length === 0) errors.push(required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'));
  if (schema.items === undefined) errors.push(required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map'));
  else if (Array.isArray(schema.items)) errors.push(invalid(`${path}.items`, schema.items, 'must only have a single schema if x-kubernetes-list-type is map'));
  const items = itemsOf(schema);
  if (!items) return errors;
  if (items.type !== 'object') {
    errors.push(invalid(`${path}.items.type`, items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map"));
    return errors;
  }
  const seen = new Set<string>();
  for (const key of keys) {
    const property = propertyOf(items, key);
    const at = `${path}.x-kubernetes-list-map-keys`;
    if (!property) errors.push(invalid(at, keys, 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object')
      errors.push(invalid(`${path}.items.properties[${key}].type`, items.type, "must be a scalar type if parent array's x-kubernetes-list-type is map"));
    if (seen.has(key)) errors.push(invalid(at, keys, 'must not contain duplicate entries'));
    seen.add(key);
  }
  return errors;
}

/** Keys of lists must always be there, and items may not be null. */
export function mapKeyErrors(schema: JsonSchema, path: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const items = itemsOf(schema);
  if (!items || (listType !== 'set' && listType !== 'map')) return [];
  const errors: FieldError[] = [];
  if (items.nullable) errors.push(forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  for (const key of listType === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : []) {
    const property = propertyOf(items, key);
    if (!property) continue;
    const at = `${path}.items.properties[${key}]`;
    if (!items.required?.includes(key) && !hasDefault(property)) {
      const text = 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
      errors.push(required(`${at}.default`, text));
    }
    if (property.nullable) errors.push(forbidden(`${at}.nullable`, 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'));
  }
  return errors;
}

/** Everything about rules but their expressions. */
function ruleErrors(schema: JsonSchema, path: string): FieldError[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap((rule, i) => {
    const at = `${path}.x-kubernetes-validations[${i}]`;
    const errors: FieldError[] = [];
    const { message = '', messageExpression = '', fieldPath = '', reason } = rule;
    const text = (rule.rule ?? '').trim();
    if (text === '') errors.push(required(`${at}.rule`, 'rule is not specified'));
    else if (message !== '' && message.trim() === '') errors.push(invalid(`${at}.message`, message, 'must be non-empty if specified'));
    else if (hasNewline(message.trim())) errors.push(invalid(`${at}.message`, message, 'must not contain line breaks'));
    else if (hasNewline(text) && message.trim() === '') errors.push(required(`${at}.message`, 'message must be specified if rule contains line breaks'));
    if (messageExpression !== '' && messageExpression.trim() === '')
      errors.push(required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'));
    if (reason !== undefined && !REASONS.includes(reason)) errors.push(notSupported(`${at}.reason`, reason, REASONS));
    if (fieldPath !== '' && fieldPath.trim() === '') errors.push(invalid(`${at}.fieldPath`, fieldPath, 'must be non-empty if specified'));
    if (hasNewline(fieldPath)) errors.push(invalid(`${at}.fieldPath`, fieldPath, 'must not contain line breaks'));
    if (fieldPath !== '' && 'error' in findSchemaPath(fieldPath, schema, { allowsBrackets: true }))
      errors.push(invalid(`${at}.fieldPath`, fieldPath, 'must be a valid path'));
    return errors;
  });
}
function hasNewline(text: string): boolean {
  return /[\n\r]/.test(text);
}
