import { type JsonObject, type JsonValue, newBadRequest, type PatchType, StatusError } from '#api';
import type { Call } from './call.ts';
import { parseJsonBody, parseYaml } from './decode-body.ts';
import { repeatedKeys } from './repeated-keys.ts';
import { testsAsWritten } from './test-operations.ts';

/** A patch as it was sent, and what strict decoding finds in its text. */
export interface PatchBody {
  readonly patch: JsonValue;
  readonly strictErrors: readonly string[];
}

/** Reads a patch as upstream's kind of patch reads it; throws BadRequest with its text. */
export async function readPatchBody(bytes: Buffer, type: PatchType, call: Call): Promise<PatchBody> {
  const isStrict = call.fieldValidation !== 'Ignore';
  if (type === 'apply') return await readApply(bytes, isStrict);
  // Only where the text is looked at strictly upstream says what it is doing.
  const refuse = (cause: string): StatusError => newBadRequest(type === 'strategic' || !isStrict ? cause : `error decoding patch: ${cause}`);
  let patch: JsonValue;
  let duplicates: readonly string[];
  try {
    const { value, duplicateFields = [] } = parseJsonBody(bytes, call, isStrict);
    [patch, duplicates] = [value, duplicateFields];
  } catch (error) {
    if (type === 'merge' && !isStrict) throw newBadRequest(BAD_MERGE_PATCH);
    throw refuse(error instanceof StatusError && error.cause instanceof Error ? error.cause.message : String(error));
  }
  if (type === 'json') {
    const operations = testsAsWritten(checkOperations(patch, isStrict, refuse), bytes);
    return { patch: operations, strictErrors: strictOperations(patch, duplicates, isStrict) };
  }
  if (patch === null) return { patch: {}, strictErrors: duplicates };
  if (typeof patch === 'object' && !Array.isArray(patch)) return { patch, strictErrors: duplicates };
  if (type === 'merge' && !isStrict) {
    if (!Array.isArray(patch)) throw newBadRequest(BAD_MERGE_PATCH);
    return { patch, strictErrors: [] };
  }
  throw refuse(`json: cannot unmarshal ${kindOf(patch)} into Go value of type map[string]interface {}`);
}
const BAD_MERGE_PATCH = 'Invalid JSON Patch';

async function readApply(bytes: Buffer, isStrict: boolean): Promise<PatchBody> {
  const patch = await parseYaml(bytes, (cause) => `error decoding YAML: error converting YAML to JSON: ${cause}`);
  return { patch, strictErrors: isStrict ? await repeatedKeys(bytes.toString()) : [] };
}
const OPERATION_FIELDS = new Set(['op', 'path', 'from', 'value']);

/** The operations; throws where they are not what Go decodes them into. */
function checkOperations(patch: JsonValue, isStrict: boolean, refuse: (cause: string) => StatusError): JsonValue[] {
  if (patch === null) return [];
  const [list, element] = isStrict ? ['[]handlers.jsonPatchOp', 'handlers.jsonPatchOp'] : ['jsonpatch.Patch', 'jsonpatch.Operation'];
  if (!Array.isArray(patch)) throw refuse(`json: cannot unmarshal ${kindOf(patch)} into Go value of type ${list}`);
  for (const operation of patch) {
    if (operation === null) continue;
    if (typeof operation !== 'object' || Array.isArray(operation)) throw refuse(`json: cannot unmarshal ${kindOf(operation)} into Go value of type ${element}`);
    if (isStrict) checkFields(operation, refuse);
  }
  return patch;
}
function checkFields(operation: JsonObject, refuse: (cause: string) => StatusError): void {
  for (const field of ['op', 'path', 'from']) {
    const value = operation[field];
    if (value === undefined || value === null || typeof value === 'string') continue;
    throw refuse(`json: cannot unmarshal ${kindOf(value)} into Go struct field jsonPatchOp.${field} of type string`);
  }
}
function strictOperations(patch: JsonValue, duplicates: readonly string[], isStrict: boolean): string[] {
  if (!isStrict || !Array.isArray(patch)) return [];
  const unknown = patch.flatMap((operation, i) =>
    Object.keys(operation ?? {})
      .filter((field) => !OPERATION_FIELDS.has(field))
      .map((field) => `unknown field ${JSON.stringify(`[${i}].${field}`)}`),
  );
  return [...duplicates, ...unknown].map((text) => `json patch ${text}`);
}

function kindOf(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
