import type { FieldError } from './field-error.ts';

/** As `invalid`, for a list or map that is absent: Go prints a nil one as null, while a nil pointer is the word in quotes. */
export function invalidNil(field: string, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field, message: `Invalid value: null: ${detail}` };
}
