import { apiVersionOf, codecFor, type JsonObject, type KubeObject, newBadRequest } from '#api';
import type { Call } from './call.ts';
import type { BodyType, RawBody } from './decode-body.ts';

/**
 * Decodes the body of a kind that clients defined. Unlike with built-in kinds, it has to say its kind and version: what it says of its version is
 * judged after it was read (and warned about), and what it says of its kind is left to validation.
 */
export function decodeCustomBody(call: Call, type: BodyType, value: JsonObject, { duplicateFields }: RawBody): KubeObject {
  const expected = apiVersionOf(type);
  const { object, warnings } = codecFor(type.schema).decode(value, { fieldValidation: call.fieldValidation, duplicateFields });
  call.warnings.push(...warnings);
  if (object.apiVersion === expected) return object;
  throw newBadRequest(`the API version in the data (${object.apiVersion ?? ''}) does not match the expected API version (${expected})`);
}
