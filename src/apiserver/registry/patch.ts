import {
  cloneJson,
  DecodeError,
  goJson,
  goPrint,
  invalid,
  type JsonObject,
  jsonPatch,
  JsonPatchError,
  type JsonValue,
  type KubeObject,
  MAX_JSON_PATCH_OPERATIONS,
  mergePatch,
  newBadRequest,
  newInvalid,
  type PatchType,
  schemaOf,
  StatusError,
  strictErrorText,
} from '#api';
import { applyServerSide } from './apply.ts';
import type { Call } from './call.ts';
import { decodeBody } from './decode-body.ts';
import { asGoWrites, asPatchWrites } from './patched-text.ts';
import type { Registry } from './registry.ts';
import { strategicMerge } from './strategic-merge.ts';
import { guaranteedUpdate, type Updated } from './update.ts';
import { checkPlace, type View } from './view.ts';

export interface PatchRequest {
  readonly type: PatchType;
  readonly patch: JsonValue;
  /** Takes over fields that others manage (apply). */
  readonly force: boolean;
  /** What strict decoding found in the patch's text. */
  readonly strictErrors?: readonly string[] | undefined;
}

/** Patches what `view` shows of an object; apply makes it when it is missing. Throws StatusError. */
export async function patchObject(registry: Registry, call: Call, name: string, view: View, request: PatchRequest): Promise<Updated> {
  if (request.type === 'apply') return await applyServerSide(registry, call, name, view, request);
  const change = (live: KubeObject | undefined): KubeObject => {
    const current = (live ? view.show(live) : undefined) as unknown as JsonValue;
    const body = decodePatched(call, view, current, request);
    checkPlace(call, body, name);
    return view.take(body, live);
  };
  return await guaranteedUpdate(registry, call, name, change, { mayCreate: false, strategy: view.strategy });
}

function patchedBody(view: View, current: JsonValue, { type, patch }: PatchRequest): JsonValue {
  if (type === 'strategic') return strategicMerge(view, current, patch);
  if (type === 'merge') return mergePatch(current, patch);
  if (Array.isArray(patch) && patch.length > MAX_JSON_PATCH_OPERATIONS) {
    const text = `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}, got ${patch.length}`;
    throw new StatusError('RequestEntityTooLarge', text);
  }
  try {
    return jsonPatch(current, patch);
  } catch (error) {
    if (!(error instanceof JsonPatchError)) throw error;
    if (!Array.isArray(patch)) throw newBadRequest(error.message, { cause: error });
    throw rejected(error);
  }
}

/** Upstream keeps the reason to itself. */
function rejected(cause: Error): StatusError {
  return new StatusError('Invalid', 'the server rejected our request due to an error in our request', { details: {}, cause });
}

/** What a patch made of an object must be one still; what does not decode is the patch's fault. */
function decodePatched(call: Call, view: View, current: JsonValue, request: PatchRequest): KubeObject {
  const { fieldValidation } = call;
  const patched = patchedBody(view, current, request);
  const found: string[] = [];
  let body: KubeObject;
  try {
    // Patching shares with what it patched; decoding consumes.
    body = decodeFinding(call, view, cloneJson(request.type === 'strategic' ? sameType(view, patched) : patched), found);
  } catch (error) {
    if (!(error instanceof StatusError) || error.reason !== 'BadRequest' || error.message.startsWith('the API version')) throw error;
    const { cause } = error;
    const text = cause instanceof DecodeError && request.type === 'strategic' ? cause.conversionText : cause instanceof Error ? cause.message : error.message;
    throw patchInvalid(call, view, current, request, text);
  }
  if (fieldValidation === 'Ignore') return body;
  const strict = [...(request.strictErrors ?? []), ...(found.length > 1 ? foundInOrder(call, view, current, request, found) : found)];
  if (fieldValidation === 'Warn') call.warnings.push(...strict);
  else if (strict.length > 0) throw patchInvalid(call, view, current, request, strictErrorText(strict));
  return body;
}

/** Decodes; what strict decoding finds is added to `found`. */
function decodeFinding(call: Call, view: View, value: JsonValue, found: string[]): KubeObject {
  const fieldValidation = call.fieldValidation === 'Ignore' ? 'Ignore' : 'Warn';
  return decodeBody({ ...call, fieldValidation, warnings: found }, view.bodyType, { value, isPatched: true });
}
/** What was found, in order of its texts where maps were converted, and of the patched text where that was decoded. */
function foundInOrder(call: Call, view: View, current: JsonValue, request: PatchRequest, found: readonly string[]): string[] {
  if (request.type === 'strategic') return found.toSorted();
  const inOrder: string[] = [];
  decodeFinding(call, view, cloneJson(patchedAsWritten(call, view, current, request)), inOrder);
  return inOrder;
}

/** A strategic merge patch has no say in what type the object is: it is converted from a map, not decoded. */
function sameType({ bodyType }: View, patched: JsonValue): JsonValue {
  const { group, version, kind } = bodyType;
  return { ...(patched as JsonObject), apiVersion: group ? `${group}/${version}` : version, kind };
}

function patchInvalid(call: Call, view: View, current: JsonValue, request: PatchRequest, message: string): StatusError {
  const shown = request.type === 'strategic' ? goPrint(request.patch) : goJson(patchedAsWritten(call, view, current, request));
  return newInvalid({ group: '', kind: '' }, '', [invalid('patch', shown, message)]);
}
/** What a JSON or merge patch makes of the object, with everything where it stands in upstream's text. */
function patchedAsWritten({ definition }: Call, view: View, current: JsonValue, request: PatchRequest): JsonValue {
  const isCustom = definition.custom !== undefined;
  // What is stored is in order of its writers; patches go to what Go wrote.
  const patched = patchedBody(view, isCustom ? current : asGoWrites(schemaOf(view.bodyType.schema), current), request);
  return asPatchWrites(request.type === 'json' ? 'json' : 'merge', patched, request.patch, isCustom);
}
