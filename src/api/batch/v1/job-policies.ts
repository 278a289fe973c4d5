import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from '#api/types/batch-v1';
import { child, duplicate, type FieldError, index, invalid, notSupported, required, tooLong, tooMany } from '../../machinery/field-error.ts';
import { isQualifiedName } from '../../machinery/names.ts';
import { countIndexes, indexesProblem } from './completion-indexes.ts';

const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const MAX_PATTERNS = 20;
const MAX_INDEXES_LENGTH = 64 * 1024;
const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];

/** An error that shows no value. */
export function wrong(field: string, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field, message: `Invalid value: ${detail}` };
}
/** As Go prints a list of strings. */
function quoted(values: readonly string[]): string {
  return `valid values: [${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}
function oneOf(path: string, value: string | undefined, values: readonly string[]): FieldError[] {
  if (!value) return [required(path, quoted(values))];
  return values.includes(value) ? [] : [notSupported(path, value, values)];
}

/** What is wrong with the rules for failed Pods. */
export function validateFailurePolicy(spec: JobSpec, path: string): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const at = child(path, 'rules');
  const errors = rules.length > MAX_RULES ? [tooMany(at, rules.length, MAX_RULES)] : [];
  const { containers, initContainers } = spec.template.spec ?? {};
  const names = new Set([...(containers ?? []), ...(initContainers ?? [])].map(({ name }) => name));
  return [...errors, ...rules.flatMap((rule, i) => failureRuleErrors(spec, rule, index(at, i), names))];
}

function failureRuleErrors(
  spec: JobSpec,
  { action, onExitCodes, onPodConditions = [] }: PodFailurePolicyRule,
  path: string,
  names: ReadonlySet<string>,
): FieldError[] {
  const errors: FieldError[] = [];
  const at = child(path, 'action');
  if (action === 'FailIndex') {
    if (spec.backoffLimitPerIndex === undefined) errors.push(invalid(at, action, 'requires the backoffLimitPerIndex to be set'));
  } else errors.push(...oneOf(at, action, ACTIONS));
  if (onExitCodes) errors.push(...exitCodeErrors(onExitCodes, child(path, 'onExitCodes'), names));
  if (onPodConditions.length) errors.push(...patternErrors(onPodConditions, child(path, 'onPodConditions')));
  if (onExitCodes && onPodConditions.length) errors.push(wrong(path, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  if (!onExitCodes && !onPodConditions.length) errors.push(wrong(path, 'specifying one of OnExitCodes and OnPodConditions is required'));
  return errors;
}

function patternErrors(patterns: readonly PodFailurePolicyOnPodConditionsPattern[], path: string): FieldError[] {
  const errors = patterns.length > MAX_PATTERNS ? [tooMany(path, patterns.length, MAX_PATTERNS)] : [];
  for (const [i, { type, status }] of patterns.entries()) {
    const at = index(path, i);
    errors.push(...isQualifiedName(type).map((message) => invalid(child(at, 'type'), type, message)), ...oneOf(child(at, 'status'), status, STATUSES));
  }
  return errors;
}

function exitCodeErrors({ operator, containerName, ...rule }: PodFailurePolicyOnExitCodesRequirement, path: string, names: ReadonlySet<string>): FieldError[] {
  // Go writes a list that is missing as null.
  const values = (rule.values as number[] | null) ?? [];
  const errors = oneOf(child(path, 'operator'), operator, OPERATORS);
  if (containerName !== undefined && !names.has(containerName))
    errors.push(invalid(child(path, 'containerName'), containerName, 'must be one of the container or initContainer names in the pod template'));
  const at = child(path, 'values');
  if (!values.length) errors.push(invalid(at, rule.values, 'at least one value is required'));
  else if (values.length > MAX_EXIT_CODES) errors.push(tooMany(at, values.length, MAX_EXIT_CODES));
  for (const [i, value] of values.entries()) {
    if (operator === 'In' && value === 0) errors.push(invalid(index(at, i), value, 'must not be 0 for the In operator'));
    if (values.indexOf(value) < i) errors.push(duplicate(index(at, i), value));
  }
  if (values.some((value, i) => i > 0 && (values[i - 1] as number) > value)) errors.push(invalid(at, values, 'must be ordered'));
  return errors;
}

/** What is wrong with the rules for when enough indexes have succeeded. */
export function validateSuccessPolicy({ successPolicy, completions = 0 }: JobSpec, path: string): FieldError[] {
  const rules = successPolicy?.rules ?? [];
  const at = child(path, 'rules');
  const errors: FieldError[] = [];
  if (!rules.length) errors.push(required(at, 'at least one rules must be specified when the successPolicy is specified'));
  if (rules.length > MAX_RULES) errors.push(tooMany(at, rules.length, MAX_RULES));
  return [...errors, ...rules.flatMap((rule, i) => successRuleErrors(rule, completions, index(at, i)))];
}

function successRuleErrors({ succeededCount, succeededIndexes }: SuccessPolicyRule, completions: number, path: string): FieldError[] {
  if (succeededCount === undefined && succeededIndexes === undefined)
    return [required(path, 'at least one of succeededCount or succeededIndexes must be specified')];
  const errors: FieldError[] = [];
  let total = 0;
  if (succeededIndexes !== undefined) {
    const at = child(path, 'succeededIndexes');
    if (succeededIndexes.length > MAX_INDEXES_LENGTH) errors.push(tooLong(at, MAX_INDEXES_LENGTH));
    const problem = indexesProblem(succeededIndexes, completions);
    if (problem === undefined) total = countIndexes(succeededIndexes, completions);
    else errors.push(invalid(at, succeededIndexes, `error parsing succeededIndexes: ${problem}`));
  }
  if (succeededCount === undefined) return errors;
  const at = child(path, 'succeededCount');
  const tooMuch = (limit: number, what: string) => invalid(at, succeededCount, `must be less than or equal to ${limit} (the number of ${what})`);
  if (succeededCount < 0) errors.push(invalid(at, succeededCount, 'must be greater than or equal to 0'));
  if (succeededCount > completions) errors.push(tooMuch(completions, 'specified completions'));
  if (succeededIndexes !== undefined && succeededCount > total) errors.push(tooMuch(total, 'indexes in the specified succeededIndexes field'));
  return errors;
}
