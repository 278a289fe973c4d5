import { type JsonObject, type JsonValue, newBadRequest, schemaOf, StatusError, strategicMergePatch, StrategicPatchError } from '#api';
import type { View } from './view.ts';

/** A strategic merge patch of what the view shows; throws StatusError with upstream's code for the mistake. */
export function strategicMerge(view: View, current: JsonValue, patch: JsonValue): JsonValue {
  try {
    return strategicMergePatch(current as JsonObject, patch, schemaOf(view.bodyType.schema));
  } catch (error) {
    if (!(error instanceof StrategicPatchError)) throw error;
    if (error.code === 400) throw newBadRequest(error.message, { cause: error });
    // Upstream keeps the reason of these to itself.
    if (error.code === 422) throw new StatusError('Invalid', 'the server rejected our request due to an error in our request', { details: {}, cause: error });
    throw new StatusError('Unknown', error.message, { cause: error, code: error.code });
  }
}
