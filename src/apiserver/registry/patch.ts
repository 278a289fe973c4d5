import {
  cloneJson,
  DecodeError,
  goPrint,
  invalid,
  jsonPatch,
  JsonPatchError,
  type JsonValue,
  type KubeObject,
  MAX_JSON_PATCH_OPERATIONS,
  mergePatch,
  newBadRequest,
  newInvalid,
  type PatchType,
  StatusError,
} from '#api';
import type { Call } from './call.ts';
import { decodeBody } from './decode-body.ts';
import { applyServerSide } from './apply.ts';
import { strategicMerge } from './strategic-merge.ts';
import type { Registry } from './registry.ts';
import { guaranteedUpdate, type Updated } from './update.ts';
import { checkPlace, type View } from './view.ts';

export interface PatchRequest {
  readonly type: PatchType;
  readonly patch: JsonValue;
  /** Takes over fields that others manage (apply). */
  readonly force: boolean;
}

/** Patches what `view` shows of an object; apply makes it when it is missing. Throws StatusError. */
export async function patchObject(registry: Registry, call: Call, name: string, view: View, request: PatchRequest): Promise<Updated> {
  if (request.type === 'apply') return await applyServerSide(registry, call, name, view, request);
  const change = (live: KubeObject | undefined): KubeObject => {
    const shown = live ? view.show(live) : undefined;
    const patched = patchedBody(view, shown as unknown as JsonValue, request);
    const body = decodePatched(call, view, patched, request);
    checkPlace(call, body, name);
    return view.take(body, live);
  };
  return await guaranteedUpdate(registry, call, name, change, { mayCreate: false, strategy: view.strategy });
}

function patchedBody(view: View, current: JsonValue, { type, patch }: PatchRequest): JsonValue {
  if (type === 'strategic') return strategicMerge(view, current, patch);
  if (type === 'merge') {
    if (typeof patch !== 'object' || patch === null || Array.isArray(patch))
      throw newBadRequest(`error decoding patch: json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`);
    return mergePatch(current, patch);
  }
  if (Array.isArray(patch) && patch.length > MAX_JSON_PATCH_OPERATIONS) {
    throw new StatusError('RequestEntityTooLarge', `The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}, got ${patch.length}`);
  }
  try {
    return jsonPatch(current, patch);
  } catch (error) {
    if (!(error instanceof JsonPatchError)) throw error;
    if (!Array.isArray(patch)) throw newBadRequest(error.message, { cause: error });
    throw new StatusError('Invalid', 'the server rejected our request due to an error in our request', { details: {}, cause: error });
  }
}

/** What a patch made of an object must be one still; what does not decode is the patch's fault. */
function decodePatched(call: Call, view: View, patched: JsonValue, request: PatchRequest): KubeObject {
  try {
    // Patching shares with what it patched; decoding consumes.
    return decodeBody(call, view.bodyType, { value: cloneJson(patched) });
  } catch (error) {
    if (!(error instanceof StatusError) || error.reason !== 'BadRequest') throw error;
    if (error.message.includes('strict decoding error') || error.message.startsWith('the API version')) throw error;
    const cause = error.cause instanceof DecodeError ? error.cause : undefined;
    const isStrategic = request.type === 'strategic';
    const message = (isStrategic ? cause?.conversionText : cause?.message) ?? error.message;
    throw newInvalid({ group: '', kind: '' }, '', [invalid('patch', isStrategic ? goPrint(request.patch) : JSON.stringify(patched), message)]);
  }
}

function goKind(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value;
}
