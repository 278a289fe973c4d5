/**
 * Checks values against OpenAPI v3 schemas, in upstream's order and with its texts. Follows k8s.io/kube-openapi/pkg/validation/validate and
 * apiextensions-apiserver/pkg/apiserver/validation (ratcheting).
 */
import type { FieldError } from '../machinery/field-error.ts';
import type { JsonObject, JsonValue } from '../machinery/json.ts';
import { isObject, jsonEqual } from '../machinery/json-value.ts';
import { Correlation } from './correlation.ts';
import { hasFormat, isKnownFormat, knownFormat } from './formats.ts';
import { isIntOrString, itemsOf, type JsonSchema, propertyOf, valuesOf } from './json-schema.ts';
import { numberFindings, stringFindings, typeFinding } from './scalar-validation.ts';
import { absorb, fieldErrorOf, newOutcome, type Finding, type Outcome, plainFinding } from './validation-result.ts';

/** What is wrong with a value. Where `old` is given, what was wrong already and has not changed is let pass (ratcheting). */
export function validateValue(schema: JsonSchema | undefined, value: JsonValue, options: { path?: string; old?: JsonValue | undefined } = {}): FieldError[] {
  if (!schema) return [];
  const { path = '', old } = options;
  const { findings } = checkAgainst(schema, value, '', undefined);
  if (findings.length === 0) return [];
  // What was there before is looked at only when something is wrong.
  const remaining = old === undefined ? findings : check(schema, value, '', new Correlation(schema, value, old)).findings;
  return withoutRepetition(remaining).map((finding) => fieldErrorOf(finding, path));
}
/** Alternatives say the same more than once. */
function withoutRepetition(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= 1) return findings;
  return [...new Map(findings.map((finding) => [finding.message, finding])).values()];
}

/** Drops the findings about a value that is as it was. */
function check(schema: JsonSchema, value: JsonValue, path: string, before: Correlation | undefined): Outcome {
  const outcome = checkAgainst(schema, value, path, before);
  if (outcome.findings.length > 0 && before?.isUnchanged) outcome.findings.length = 0;
  return outcome;
}

/** Counts what fits as upstream does: of several alternatives that fail, the one with the highest count is told. */
function checkAgainst(schema: JsonSchema, value: JsonValue, path: string, before: Correlation | undefined): Outcome {
  const outcome = newOutcome();
  const { findings } = outcome;
  const types = typesOf(schema);
  const format = knownFormat(schema);
  if (types.length > 0 || format) {
    const wrong = typeFinding(schema, { types, format }, value, path);
    findings.push(...wrong);
    outcome.matches += (value === null ? 0 : 1) + (wrong.length === 0 ? 1 : 0);
  }
  if (value === null) {
    findings.push(...enumFindings(schema, value, path));
    return outcome;
  }
  absorb(outcome, checkAlternatives(schema, value, path, before));
  if (typeof value === 'string') {
    findings.push(...stringFindings(schema, value, path));
    if (isKnownFormat(format)) {
      findings.push(...formatFindings(format, value, path));
      outcome.matches++;
    }
  } else if (typeof value === 'number' || typeof (value as unknown) === 'bigint') findings.push(...numberFindings(schema, { types, format }, value, path));
  else if (Array.isArray(value)) absorb(outcome, checkItems(schema, value, path, before));
  findings.push(...enumFindings(schema, value, path));
  if (isObject(value)) absorb(outcome, checkMembers(schema, value, path, before));
  return outcome;
}

function typesOf(schema: JsonSchema): readonly string[] {
  if (isIntOrString(schema)) return ['integer', 'string'];
  return schema.type ? [schema.type] : [];
}

function enumFindings(schema: JsonSchema, value: JsonValue, path: string): Finding[] {
  const values = schema.enum;
  if (!values || values.length === 0 || values.some((each) => each !== null && (jsonEqual(each, value) || isConverted(each, value)))) return [];
  return [{ code: 'enum', name: path, message: `${path} in body should be one of ${JSON.stringify(values)}`, value, values }];
}
/** Upstream makes a value the type of the listed one before it compares them: 1.5 is 1 where that is an integer. */
function isConverted(listed: JsonValue, value: JsonValue): boolean {
  return typeof value === 'number' && Number.isInteger(listed) && Math.trunc(value) === listed;
}
function formatFindings(format: string, value: string, path: string): Finding[] {
  if (hasFormat(format, value)) return [];
  return [{ code: 'type', name: path, message: `${path} in body must be of type ${format}: ${JSON.stringify(value)}`, value }];
}

/** anyOf, oneOf, allOf and not. */
function checkAlternatives(schema: JsonSchema, value: JsonValue, path: string, before: Correlation | undefined): Outcome {
  const main = newOutcome();
  const { anyOf, oneOf, allOf, not } = schema;
  if (anyOf?.length) {
    const outcomes = anyOf.map((each) => checkAgainst(each, value, path, before));
    const first = outcomes.find(({ findings }) => findings.length === 0);
    if (!first) main.findings.push(plainFinding(`${JSON.stringify(path)} must validate at least one schema (anyOf)`));
    absorb(main, first ?? best(outcomes));
  }
  if (oneOf?.length)
    checkOneOf(
      main,
      oneOf.map((each) => checkAgainst(each, value, path, before)),
      path,
    );
  if (allOf?.length) {
    const outcomes = allOf.map((each) => checkAgainst(each, value, path, before));
    for (const each of outcomes) absorb(main, each);
    const valid = outcomes.filter(({ findings }) => findings.length === 0).length;
    const none = valid === 0 ? '. None validated' : '';
    if (valid < allOf.length) main.findings.push(plainFinding(`${JSON.stringify(path)} must validate all the schemas (allOf)${none}`));
  }
  if (not && checkAgainst(not, value, path, before).findings.length === 0)
    main.findings.push(plainFinding(`${JSON.stringify(path)} must not validate the schema (not)`));
  return main;
}
function checkOneOf(main: Outcome, outcomes: readonly Outcome[], path: string): void {
  const valid = outcomes.filter(({ findings }) => findings.length === 0);
  if (valid.length === 1) return absorb(main, valid[0] as Outcome);
  const found = valid.length === 0 ? 'Found none valid' : `Found ${valid.length} valid alternatives`;
  main.findings.push(plainFinding(`${JSON.stringify(path)} must validate one and only one schema (oneOf). ${found}`));
  if (valid.length === 0) absorb(main, best(outcomes));
}
/** The first of those that fitted most. */
function best(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce((a, b) => (b.matches > a.matches ? b : a));
}

function checkItems(schema: JsonSchema, list: JsonValue[], path: string, before: Correlation | undefined): Outcome {
  const outcome = newOutcome();
  const items = itemsOf(schema);
  if (items) list.forEach((item, i) => absorb(outcome, check(items, item, `${path}[${i}]`, before?.item(i))));
  const { minItems, maxItems } = schema;
  const size = list.length;
  if (minItems !== undefined && size < minItems)
    outcome.findings.push({ code: 'value', name: path, message: `${path} in body should have at least ${minItems} items`, value: size });
  if (maxItems !== undefined && size > maxItems)
    outcome.findings.push({ code: 'tooMany', name: path, message: `${path} in body should have at most ${maxItems} items`, value: size, max: maxItems });
  return outcome;
}

function checkMembers(schema: JsonSchema, object: JsonObject, path: string, before: Correlation | undefined): Outcome {
  const names = Object.keys(object);
  const count = names.length;
  const outcome = newOutcome();
  const { minProperties, maxProperties } = schema;
  if (minProperties !== undefined && count < minProperties) {
    outcome.findings.push({ code: 'value', name: path, message: `${path} in body should have at least ${minProperties} properties`, value: count });
    return outcome;
  }
  if (maxProperties !== undefined && count > maxProperties) {
    const message = `${path} in body should have at most ${maxProperties} properties`;
    outcome.findings.push({ code: 'tooMany', name: path, message, value: count, max: maxProperties });
    return outcome;
  }
  const values = valuesOf(schema);
  for (const name of names) {
    const property = propertyOf(schema, name);
    const at = property && path === '' ? name : `${path}.${name}`;
    // Old and new are shown in the same version: what these were cannot be told.
    const isVersion = path === '' && (name === 'apiVersion' || name === 'kind');
    const known = isVersion ? undefined : before?.member(name);
    if (property ?? values) absorb(outcome, check((property ?? values) as JsonSchema, object[name] as JsonValue, at, known));
    else if (schema.additionalProperties === false)
      outcome.findings.push({ code: 'value', name: path, message: `${path}.${name} in body is a forbidden property`, value: name });
  }
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(object, name)) outcome.findings.push({ code: 'required', name: `${path}.${name}`, message: `${path}.${name} in body is required` });
  }
  return outcome;
}
