import { formatFieldError } from '../../machinery/field-error.ts';
import type { JsonSchema } from '../../custom/json-schema.ts';
import { conversionError, structuralErrors } from './structural.ts';

/** Why a schema is not structural, one text each. */
export function schemaProblems(schema: JsonSchema, path: string): string[] {
  const error = conversionError(schema);
  return error ? [error] : structuralErrors(schema, path).map(formatFieldError);
}
