/**
 * Validation results, as k8s.io/apimachinery/pkg/util/validation/field has them: validators return lists of these, never throw.
 * Texts are upstream's to the letter, e.g. `spec.containers[0].image: Required value`.
 */

import { goJson, goQuote } from './go-text.ts';

export type FieldErrorType =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueDuplicate'
  | 'FieldValueNotFound'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid'
  | 'InternalError';

export interface FieldError {
  readonly type: FieldErrorType;
  /** Path from the object's root: `spec.template.spec.containers[0].ports[1].containerPort`. */
  readonly field: string;
  /** What follows the field in the message: `Required value`, `Invalid value: "x": must be …`. */
  readonly message: string;
}

/** `parent.child`, or `child` at the root. */
export function child(path: string, ...names: string[]): string {
  let result = path;
  for (const name of names) result = result ? `${result}.${name}` : name;
  return result;
}
/** `parent[3]`. */
export function index(path: string, i: number): string {
  return `${path}[${i}]`;
}
/** `parent[key]`. */
export function key(path: string, name: string): string {
  return `${path}[${name}]`;
}

export function required(field: string, detail = ''): FieldError {
  return { type: 'FieldValueRequired', field, message: withDetail('Required value', detail) };
}
export function invalid(field: string, value: unknown, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field, message: withDetail(`Invalid value: ${printValue(value)}`, detail) };
}
export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const detail = supported.length ? `supported values: ${supported.map((v) => JSON.stringify(v)).join(', ')}` : '';
  return { type: 'FieldValueNotSupported', field, message: withDetail(`Unsupported value: ${printValue(value)}`, detail) };
}
export function forbidden(field: string, detail: string): FieldError {
  return { type: 'FieldValueForbidden', field, message: withDetail('Forbidden', detail) };
}
export function duplicate(field: string, value: unknown): FieldError {
  return { type: 'FieldValueDuplicate', field, message: `Duplicate value: ${printValue(value)}` };
}
export function notFound(field: string, value: unknown): FieldError {
  return { type: 'FieldValueNotFound', field, message: `Not found: ${printValue(value)}` };
}
export function tooLong(field: string, maxLength: number): FieldError {
  return { type: 'FieldValueTooLong', field, message: `Too long: may not be more than ${maxLength} bytes` };
}
export function tooMany(field: string, actual: number, max: number): FieldError {
  return { type: 'FieldValueTooMany', field, message: `Too many: ${actual}: must have at most ${max} items` };
}

export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  return { type: 'FieldValueTypeInvalid', field, message: withDetail(`Invalid value: ${printValue(value)}`, detail) };
}
export function internalError(field: string, detail: string): FieldError {
  return { type: 'InternalError', field, message: withDetail('Internal error', detail) };
}

export function formatFieldError(error: FieldError): string {
  return `${error.field}: ${error.message}`;
}

function withDetail(message: string, detail: string): string {
  return detail ? `${message}: ${detail}` : message;
}

function printValue(value: unknown): string {
  // A nil pointer prints as the quoted word upstream, a nil list (here: null) does not.
  if (value === undefined) return '"null"';
  if (typeof value === 'string') return goQuote(value);
  return typeof value === 'bigint' ? String(value) : goJson(value);
}
