/** Checks of single values: types, texts and numbers. Follows k8s.io/kube-openapi/pkg/validation/validate/{type,values,validator}.go. */
import type { JsonValue } from '../machinery/json.ts';
import type { JsonSchema } from './json-schema.ts';
import { compilePattern } from './pattern.ts';
import { type Finding, plainFinding } from './validation-result.ts';

/** JSON's name of a value's type, with integers told apart. */
export function jsonTypeOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  // Integers beyond 2^53.
  if (typeof (value as unknown) === 'bigint') return 'integer';
  return typeof value;
}

/** Whether the value has one of the types. */
export function typeFinding(schema: JsonSchema, types: readonly string[], value: JsonValue, path: string): Finding[] {
  const actual = jsonTypeOf(value);
  const wrong = (wanted: string, found: string): Finding[] => [
    { code: 'type', name: path, message: `${path} in body must be of type ${wanted}: ${JSON.stringify(found)}`, value: found },
  ];
  if (value === null) return types.length > 0 && schema.nullable !== true ? wrong(types.join(','), 'null') : [];
  const fits = types.includes(actual) || (actual === 'integer' && types.includes('number'));
  const isText = typeof value === 'string' || Array.isArray(value);
  if (schema.format && !isText && !fits && !(actual === 'integer' && schema.format === 'int64')) {
    return wrong(schema.format, actual === 'integer' ? 'int64' : actual === 'number' ? 'double' : '');
  }
  const isNumeric = types.includes('number') || types.includes('integer');
  if (schema.format && isText && !isNumeric) return [];
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

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
  uint64: [0, 2 ** 64],
};

/** The range of the type, multipleOf, maximum and minimum. */
export function numberFindings(schema: JsonSchema, types: readonly string[], value: number, path: string): Finding[] {
  const findings = rangeFinding(schema, types, value, path);
  const broken = (what: string): number => findings.push({ code: 'value', name: path, message: `${path} in body should be ${what}`, value });
  const { multipleOf, maximum, minimum } = schema;
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) broken(`a multiple of ${goNumber(multipleOf)}`);
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum))
    broken(`less than ${schema.exclusiveMaximum ? '' : 'or equal to '}${goNumber(maximum)}`);
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum))
    broken(`greater than ${schema.exclusiveMinimum ? '' : 'or equal to '}${goNumber(minimum)}`);
  return findings;
}
function rangeFinding(schema: JsonSchema, types: readonly string[], value: number, path: string): Finding[] {
  if (types.length !== 1 || types[0] !== 'integer') return [];
  const [min, max] = RANGES[schema.format ?? ''] ?? [-(2 ** 63), 2 ** 63];
  if (Number.isInteger(value) && value >= min && value <= max) return [];
  const format = schema.format ? `with format ${schema.format}` : '(default format)';
  return [plainFinding(`Checked value must be of type integer ${format} in ${path}`)];
}
function isMultiple(value: number, factor: number): boolean {
  if (factor <= 0) return factor === 0;
  const quotient = factor < 1 ? (1 / factor) * value : value / factor;
  return Math.abs(quotient - Math.round(quotient)) <= 1e-9 * Math.max(1, Math.abs(quotient));
}
/** As Go's `%v` prints a float64. */
export function goNumber(value: number): string {
  if (value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e21)) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}
