import { type FieldError, invalid } from '../../../machinery/field-error.ts';
import { inclusiveRangeError, isPortName, isPortNumber, isUserId } from '../../../machinery/names.ts';

export const NOT_NEGATIVE = 'must be greater than or equal to 0';

/** One error for every message. */
export function invalidEach(path: string, value: unknown, messages: readonly string[]): FieldError[] {
  return messages.map((message) => invalid(path, value, message));
}

/** The number is 0 or more, where there is one. */
export function notNegative(path: string, value: number | undefined): FieldError[] {
  return value !== undefined && value < 0 ? [invalid(path, value, NOT_NEGATIVE)] : [];
}

/** A user or group id, where there is one. */
export function userId(path: string, value: number | undefined): FieldError[] {
  return value === undefined ? [] : invalidEach(path, value, isUserId(value));
}

/** A port by number or by name. */
export function portOrName(path: string, port: number | string): FieldError[] {
  return invalidEach(path, port, typeof port === 'number' ? isPortNumber(port) : isPortName(port));
}

/** The number is between two others. */
export function inRange(path: string, value: number, low: number, high: number): FieldError[] {
  return value < low || value > high ? [invalid(path, value, inclusiveRangeError(low, high))] : [];
}

/** A relative path that stays below where it starts. */
export function descendingPath(path: string, target: string): FieldError[] {
  const errors = noParents(path, target);
  return target.startsWith('/') ? [invalid(path, target, 'must be a relative path'), ...errors] : errors;
}

/** A path without `..` segments. */
export function noParents(path: string, target: string): FieldError[] {
  return target.split('/').includes('..') ? [invalid(path, target, "must not contain '..'")] : [];
}

/** The bits of a file's mode. */
export function fileMode(path: string, mode: number | undefined): FieldError[] {
  return mode !== undefined && (mode < 0 || mode > 0o777) ? [invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')] : [];
}
