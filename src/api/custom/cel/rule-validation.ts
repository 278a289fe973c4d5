/** x-kubernetes-validations: asks a schema's rules about an object. Follows apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go. */
import type { ValidationRule } from '#api/types/apiextensions-v1';
import type { CelBindings, CelProgram } from '../../cel/program.ts';
import type { CelValue } from '../../cel/values.ts';
import { duplicate, type FieldError, forbidden, formatFieldError, invalid, required } from '../../machinery/field-error.ts';
import type { JsonObject, JsonValue } from '../../machinery/json.ts';
import { isObject } from '../../machinery/json-value.ts';
import { Correlation, correlateItems } from '../correlation.ts';
import type { JsonSchema } from '../json-schema.ts';
import { celModule } from './cel-module.ts';
import { compileRules, hasRules, type NodeRule, type RuleValidator, ruleValidator } from './rule-validator.ts';

export interface RuleFindings {
  readonly errors: FieldError[];
  /** Of what was wrong before and has not changed. */
  readonly warnings: string[];
}
export interface RuleOptions {
  /** What was found already makes rules unsafe to ask. */
  readonly isBlocked: boolean;
  /** Broken rules about what has not changed since are let pass. */
  readonly old?: JsonValue | undefined;
}

const UNCHECKED: FieldError = {
  type: 'FieldValueInvalid',
  field: '<nil>',
  message: 'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

/** What a resource's rules say of it. */
export function validateRules(schema: JsonSchema | undefined, value: JsonValue, { isBlocked, old }: RuleOptions): RuleFindings {
  if (isBlocked) return { errors: hasRules(schema) ? [UNCHECKED] : [], warnings: [] };
  const validator = ruleValidator(schema);
  const run = new RuleRun();
  if (schema && validator) run.visit(validator, { value, old, path: '', before: rootOf(schema, value, old) });
  return run;
}

/** What a schema's rules say of its own default. */
export function validateDefaultByRules(schema: JsonSchema, value: JsonValue, path: string, { isRoot }: { isRoot: boolean }): FieldError[] {
  const validator = compileRules(schema, isRoot);
  const run = new RuleRun();
  if (validator) run.visit(validator, { value, old: value, path, before: NOTHING });
  return run.errors;
}

/** All rules of one write together. */
const BUDGET = 10_000_000;
const OUT_OF_BUDGET = 'validation failed due to running out of cost budget, no further validation rules will be run';
const MAX_MESSAGE_BYTES = 5120;

/** What a value was before the write, for letting pass what has not changed; absent where that cannot be told. */
interface Before {
  readonly current: Correlation | undefined;
  /** The nearest part around it for which it can be told. */
  readonly around: Correlation | undefined;
  readonly isRoot?: boolean;
}
const NOTHING: Before = { current: undefined, around: undefined };
function rootOf(schema: JsonSchema, value: JsonValue, old: JsonValue | undefined): Before {
  return old === undefined ? NOTHING : { current: new Correlation(schema, value, old), around: undefined, isRoot: true };
}
function isUnchanged({ current, around }: Before): boolean {
  return (current ?? around)?.isUnchanged === true;
}
function within(before: Before, part: (around: Correlation) => Correlation | undefined): Before {
  return before.current ? { current: part(before.current), around: before.current } : before;
}

interface Place {
  readonly value: JsonValue;
  readonly old: JsonValue | undefined;
  readonly path: string;
  readonly before: Before;
}

/** One walk through an object. */
class RuleRun implements RuleFindings {
  readonly errors: FieldError[] = [];
  readonly warnings: string[] = [];
  #budget = BUDGET;
  #isOver = false;

  visit(node: RuleValidator, place: Place): void {
    const { value, old, before } = place;
    if (this.#isOver || value === null || value === undefined) return;
    this.#ask(node, place);
    for (const each of node.allOf) this.visit(each, { ...place, before: { current: undefined, around: before.around } });
    if (Array.isArray(value)) this.#visitItems(node, value, old, place);
    else if (isObject(value)) this.#visitMembers(node, value, old, place);
  }

  #visitItems({ items, schema }: RuleValidator, list: JsonValue[], old: JsonValue | undefined, { path, before }: Place): void {
    if (!items) return;
    const oldOf = correlateItems(schema, old);
    list.forEach((value, i) => {
      const oldItem = oldOf(value);
      this.visit(items, { value, old: oldItem, path: `${path}[${i}]`, before: within(before, (list) => list.item(i)) });
    });
  }

  #visitMembers(node: RuleValidator, object: JsonObject, old: JsonValue | undefined, place: Place): void {
    const { values, properties } = node;
    if (values) for (const name in object) this.visit(values, this.#member(object, name, old, place, `${place.path}[${name}]`));
    if (properties.size === 0) return;
    for (const name in object) {
      const property = properties.get(name);
      if (property) this.visit(property, this.#member(object, name, old, place, place.path ? `${place.path}.${name}` : name));
    }
  }
  #member(object: JsonObject, name: string, old: JsonValue | undefined, { before }: Place, path: string): Place {
    const value = object[name] as JsonValue;
    // Old and new are shown in the same version: what these were cannot be told.
    const isVersion = before.isRoot === true && (name === 'apiVersion' || name === 'kind');
    return {
      value,
      old: isObject(old) && Object.hasOwn(old, name) ? (old[name] ?? undefined) : undefined,
      path,
      before: isVersion ? NOTHING : within(before, (around) => around.member(name)),
    };
  }

  #ask({ rules, failure, schema, declared }: RuleValidator, place: Place): void {
    const { value, old, path } = place;
    const field = path || '<nil>';
    const type = schema.type ?? '';
    if (failure !== undefined) this.errors.push(invalid(field, type, `rule compiler initialization error: ${failure}`));
    if (rules.length === 0 || !declared) return;
    if (this.#budget <= 0) return this.#end(invalid(field, type, OUT_OF_BUDGET));
    const cel = celModule();
    const isNew = old === undefined || old === null;
    // Read when an expression asks: what was let pass though it is of another type than the schema's is that rule's failure.
    const self = (): CelValue => cel.adaptJson(value, declared.type);
    const oldSelf = (): CelValue => cel.adaptJson(old, declared.type);
    const optionalOldSelf = isNew ? cel.CelOptional.none : (): CelValue => new cel.CelOptional(oldSelf());
    // Messages never see the optional; where no rule asks for the old value they see none.
    const message: CelBindings = isNew || !rules.some(({ usesOldSelf }) => usesOldSelf) ? { self } : { self, oldSelf };
    for (const rule of rules) {
      const isOptional = rule.rule.optionalOldSelf === true;
      if (rule.usesOldSelf && isNew && !isOptional) continue;
      this.#askOne(rule, { rule: { self, oldSelf: isOptional ? optionalOldSelf : oldSelf }, message }, type, place);
      if (this.#isOver) return;
    }
  }

  #askOne(compiled: NodeRule, bindings: { rule: CelBindings; message: CelBindings }, type: string, { value, path, before }: Place): void {
    const { rule, program, error } = compiled;
    const field = path || '<nil>';
    if (error !== undefined) this.errors.push(invalid(field, type, `rule compile error: ${error}`));
    if (!program) return;
    const answer = this.#evaluate(program, bindings.rule);
    if (typeof answer === 'object') {
      if (answer.isOutOfBudget) return this.#end(invalid(field, type, OUT_OF_BUDGET));
      if (answer.isTooExpensive) {
        const text = `'${answer.error}': no further validation rules will be run due to call cost exceeds limit for rule: ${nameOf(rule)}`;
        return this.#end(invalid(field, type, text));
      }
      const isMismatch = answer.error.startsWith('no such overload');
      const text = isMismatch
        ? `'${answer.error}': call arguments did not match a supported operator, function or macro signature for rule: ${nameOf(rule)}`
        : `${answer.error} evaluating rule: ${nameOf(rule)}`;
      this.errors.push(invalid(field, type, text));
      return;
    }
    if (answer === true) return;
    const at = [path, compiled.fieldPath].filter(Boolean).join('.') || '<nil>';
    const report = (found: FieldError): void => {
      if (!compiled.usesOldSelf && isUnchanged(before)) this.warnings.push(formatFieldError(found));
      else this.errors.push(found);
    };
    const message = this.#message(compiled, bindings.message);
    if (typeof message === 'object') {
      this.#isOver = true;
      return report(invalid(at, type, message.error));
    }
    report(failureOf(rule, at, isScalar(type) ? value : OMITTED, message ?? defaultMessage(rule)));
  }

  /** What the rule's messageExpression says; undefined where it says nothing usable. */
  #message({ message, rule }: NodeRule, bindings: CelBindings): string | { error: string } | undefined {
    if (!message.program) return undefined;
    const answer = this.#evaluate(message.program, bindings);
    if (typeof answer === 'object') {
      if (answer.isOutOfBudget)
        return { error: 'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run' };
      if (!answer.isTooExpensive) return undefined;
      const expression = JSON.stringify(rule.messageExpression);
      return { error: `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${expression}` };
    }
    const text = typeof answer === 'string' ? answer.trim() : '';
    return text === '' || text.includes('\n') || Buffer.byteLength(text) > MAX_MESSAGE_BYTES ? undefined : text;
  }

  #evaluate(program: CelProgram, bindings: CelBindings): boolean | string | { error: string; isOutOfBudget: boolean; isTooExpensive: boolean } {
    const { CelCostExceededError, CelEvaluationError, PER_CALL_LIMIT } = celModule();
    try {
      const { value, cost } = program.evaluate(bindings, { costLimit: PER_CALL_LIMIT });
      if (cost > this.#budget) return { error: '', isOutOfBudget: true, isTooExpensive: false };
      this.#budget -= cost;
      return value as boolean | string;
    } catch (error) {
      if (error instanceof CelCostExceededError) return { error: error.message, isOutOfBudget: this.#budget <= PER_CALL_LIMIT, isTooExpensive: true };
      if (error instanceof CelEvaluationError) return { error: error.message, isOutOfBudget: false, isTooExpensive: false };
      throw error;
    }
  }

  #end(error: FieldError): void {
    this.errors.push(error);
    this.#isOver = true;
  }
}

/** Stands for a value that is not shown. */
const OMITTED = Symbol('omitted');
function isScalar(type: string): boolean {
  return type !== 'object' && type !== 'array';
}

function failureOf({ reason }: ValidationRule, field: string, value: JsonValue | typeof OMITTED, detail: string): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbidden(field, detail);
    case 'FieldValueRequired':
      return required(field, detail);
    case 'FieldValueDuplicate':
      return value === OMITTED ? { type: 'FieldValueDuplicate', field, message: 'Duplicate value' } : duplicate(field, value);
    default:
      return value === OMITTED ? { type: 'FieldValueInvalid', field, message: `Invalid value: ${detail}` } : invalid(field, value, detail);
  }
}
function nameOf({ rule, message }: ValidationRule): string {
  return (message || rule || '').trim();
}
function defaultMessage(rule: ValidationRule): string {
  return rule.message ? rule.message.trim() : `failed rule: ${nameOf(rule)}`;
}
