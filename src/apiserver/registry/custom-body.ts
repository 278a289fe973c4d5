import { apiVersionOf, codecFor, invalid, type JsonObject, type KubeObject, newBadRequest, newInvalid } from '#api';
import type { Call } from './call.ts';
import type { BodyType, RawBody } from './decode-body.ts';

/**
 * Decodes the body of a kind that clients defined. Unlike with built-in kinds, it has to say its kind and version: what it says of its version is
 * judged after it was read (and warned about), and what it says of its kind is left to validation.
 */
export function decodeCustomBody(call: Call, type: BodyType, value: JsonObject, { duplicateFields, isPatched }: RawBody): KubeObject {
  const expected = apiVersionOf(type);
  const { object, warnings } = codecFor(type.schema).decode(value, { fieldValidation: call.fieldValidation, duplicateFields });
  call.warnings.push(...warnings);
  if (object.apiVersion === expected) return object;
  if (isPatched) {
    const wrong = invalid('apiVersion', object.apiVersion ?? '', `must be ${expected}`);
    throw newInvalid({ group: type.group, kind: object.kind ?? type.kind }, object.metadata.name ?? '', [wrong]);
  }
  throw newBadRequest(`the API version in the data (${object.apiVersion ?? ''}) does not match the expected API version (${expected})`);
}
