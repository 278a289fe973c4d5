/** Checks of single values: types, texts and numbers. Follows k8s.io/kube-openapi/pkg/validation/validate/{type,values,validator}.go. */
import type { JsonValue } from '../machinery/json.ts';
import type { JsonSchema } from './json-schema.ts';
import { compilePattern } from './pattern.ts';
import { type Finding, plainFinding } from './validation-result.ts';

/** JSON's name of a value's type, with integers told apart: what Go reads as a float counts as one only below 2^53, its int64 reaches further. */
export function jsonTypeOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number';
  if (isBig(value)) return BigInt.asIntN(64, value) === value ? 'integer' : 'number';
  return typeof value;
}
/** Integers beyond 2^53, which the type does not tell. */
function isBig(value: JsonValue | bigint): value is bigint {
  return typeof value === 'bigint';
}

/** What a schema says of the kind of its values: `format` is empty where it is none that is known. */
export interface Wanted {
  readonly types: readonly string[];
  readonly format: string;
}

/** Whether the value has one of the types. */
export function typeFinding(schema: JsonSchema, { types, format }: Wanted, value: JsonValue, path: string): Finding[] {
  const actual = jsonTypeOf(value);
  const wrong = (wanted: string, found: string): Finding[] => [
    { code: 'type', name: path, message: `${path} in body must be of type ${wanted}: ${JSON.stringify(found)}`, value: found },
  ];
  if (value === null) return types.length > 0 && schema.nullable !== true ? wrong(types.join(','), 'null') : [];
  const fits = types.includes(actual) || (actual === 'integer' && types.includes('number'));
  const isText = typeof value === 'string' || Array.isArray(value);
  if (format && !isText && !fits && !(actual === 'integer' && format === 'int64')) {
    return wrong(format, actual === 'integer' ? 'int64' : actual === 'number' ? 'double' : '');
  }
  const isNumeric = types.includes('number') || types.includes('integer');
  if (format && isText && !isNumeric) return [];
  return fits ? [] : wrong(types.join(','), actual);
}

/** maxLength, minLength and pattern: the first that is broken. */
export function stringFindings(schema: JsonSchema, value: string, path: string): Finding[] {
  const { maxLength, minLength, pattern } = schema;
  if (maxLength !== undefined && runes(value, maxLength) > maxLength)
    return [{ code: 'tooLong', name: path, message: `${path} in body should be at most ${maxLength} chars long`, value, max: maxLength }];
  if (minLength !== undefined && runes(value, minLength) < minLength)
    return [{ code: 'value', name: path, message: `${path} in body should be at least ${minLength} chars long`, value }];
  if (!pattern) return [];
  const compiled = compilePattern(pattern);
  if (compiled instanceof Error) {
    const message = `${path} in body should match '${pattern}, but pattern is invalid: ${compiled.message}'`;
    return [{ code: 'value', name: path, message, value }];
  }
  return compiled.test(value) ? [] : [{ code: 'value', name: path, message: `${path} in body should match '${pattern}'`, value }];
}
/** Characters as Go counts them; not counted where the answer is clear. */
function runes(text: string, limit: number): number {
  if (text.length <= limit && text.length / 2 >= limit) return text.length;
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    const isPair = (text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800;
    if (isPair) count--;
  }
  return count;
}

/** The range of the type, multipleOf, minimum and maximum. Integers may be bigints. */
export function numberFindings(schema: JsonSchema, wanted: Wanted, given: JsonValue, path: string): Finding[] {
  const findings = rangeFinding(wanted, given, 'Checked', path);
  const value = Number(given);
  const broken = (what: string): number => findings.push({ code: 'value', name: path, message: `${path} in body should be ${what}`, value: given });
  const boundFor = (bound: number, what: string): Bound => {
    const outOfRange = rangeFinding(wanted, bound, what, path);
    findings.push(...outOfRange);
    return outOfRange.length === 0 && jsonTypeOf(given) === 'integer' && Math.abs(bound) < 2 ** 63 ? integerBound(bound) : { at: bound, text: goFloat(bound) };
  };
  const { multipleOf, maximum, minimum } = schema;
  if (multipleOf !== undefined) {
    const { at, text } = boundFor(Number(multipleOf), 'MultipleOf');
    if (!isMultiple(value, at || Number(multipleOf))) broken(`a multiple of ${at ? text : goFloat(Number(multipleOf))}`);
  }
  if (minimum !== undefined) {
    const { at, text } = boundFor(Number(minimum), 'Minimum boundary');
    if (schema.exclusiveMinimum ? value <= at : value < at) broken(`greater than ${schema.exclusiveMinimum ? '' : 'or equal to '}${text}`);
  }
  if (maximum !== undefined) {
    const { at, text } = boundFor(Number(maximum), 'Maximum boundary');
    if (schema.exclusiveMaximum ? value >= at : value > at) broken(`less than ${schema.exclusiveMaximum ? '' : 'or equal to '}${text}`);
  }
  return findings;
}
interface Bound {
  readonly at: number;
  readonly text: string;
}
/** Integers are compared with integers: what stands behind the point of a bound is cut off. */
function integerBound(bound: number): Bound {
  const at = Math.trunc(bound);
  return { at, text: BigInt(at).toString() };
}

const MAX_FLOAT32 = 3.4028235677973366e38;
function rangeFinding({ types, format }: Wanted, value: JsonValue, what: string, path: string): Finding[] {
  const [type] = types;
  if (types.length !== 1 || (type !== 'integer' && type !== 'number') || isInRange(value, type, format)) return [];
  return [plainFinding(`${what} value must be of type ${type} ${format ? `with format ${format}` : '(default format)'} in ${path}`)];
}
function isInRange(value: JsonValue | bigint, type: 'integer' | 'number', format: string): boolean {
  const number = Number(value);
  if (type === 'number') return format !== 'float' || Math.abs(number) < MAX_FLOAT32;
  if (format === 'int32') return Number.isInteger(number) && number >= -(2 ** 31) && number < 2 ** 31;
  return isBig(value) ? BigInt.asIntN(64, value) === value : Number.isInteger(number) && Math.abs(number) <= 2 ** 63;
}
function isMultiple(value: number, factor: number): boolean {
  if (factor <= 0) return factor === 0;
  const quotient = factor < 1 ? (1 / factor) * value : value / factor;
  return Math.abs(quotient - Math.round(quotient)) <= 1e-9 * Math.max(1, Math.abs(quotient));
}
/** As Go's `%v` prints what JSON was read into: integers are int64. */
export function goNumber(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : goFloat(value);
}
/** As Go's `%v` prints a float64: with an exponent from a million on. */
function goFloat(value: number): string {
  if (value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6)) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}
