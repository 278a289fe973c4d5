import { type JsonObject, type JsonValue, newBadRequest, newInvalid, schemaOf, StatusError, strategicMergePatch, StrategicPatchError } from '#api';
import type { View } from './view.ts';

/** A strategic merge patch of what the view shows; throws StatusError with upstream's code for the mistake. */
export function strategicMerge(view: View, current: JsonValue, patch: JsonValue): JsonValue {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) throw newBadRequest('error decoding patch: the patch is no object');
  try {
    return strategicMergePatch(current as JsonObject, patch, schemaOf(view.bodyType.schema));
  } catch (error) {
    if (!(error instanceof StrategicPatchError)) throw error;
    if (error.code === 400) throw newBadRequest(error.message, { cause: error });
    if (error.code === 422)
      throw newInvalid({ group: '', kind: '' }, '', [{ type: 'FieldValueInvalid', field: 'patch', message: `Invalid value: ${error.message}` }]);
    throw new StatusError('Unknown', error.message, { cause: error, code: error.code });
  }
}
