import {
  apiVersionOf,
  ALL_FIELDS,
  type Applied,
  applyPatch,
  cloneJson,
  DecodeError,
  type JsonObject,
  type JsonValue,
  type KubeObject,
  newBadRequest,
  newConflict,
  schemaOf,
  StatusError,
} from '#api';
import { type Call, resourceName } from './call.ts';
import { decodeBody } from './decode-body.ts';
import { fieldFilterOf } from './field-filters.ts';
import { versionsOf } from './managed-fields.ts';
import type { Registry } from './registry.ts';
import { scaleEntries, setParentEntries } from './scale-fields.ts';
import { guaranteedUpdate, type Updated } from './update.ts';
import { checkPlace, type View } from './view.ts';

/** Server-side apply; makes the object when it is missing. */
export async function applyServerSide(
  registry: Registry,
  call: Call,
  name: string,
  view: View,
  request: { readonly patch: JsonValue; readonly force: boolean; readonly strictErrors?: readonly string[] | undefined },
): Promise<Updated> {
  const applied = statementOf(view, request.patch);
  const change = (live: KubeObject | undefined): KubeObject => {
    const merged = merge(registry, call, view, { live, applied, force: request.force });
    checkStrictly(call, request.strictErrors ?? []);
    if (live && !merged.changed) return cloneJson(live);
    if (!live) checkUnborn(call, name, merged.object);
    const body = decodeMerged(call, view, merged.object, applied);
    checkPlace(call, body, name);
    const entries = body.metadata.managedFields;
    const object = view.take(body, live);
    if (live && isPart(call, view)) setParentEntries(call, { live, updated: object }, entries);
    return object;
  };
  return await guaranteedUpdate(registry, call, name, change, { mayCreate: call.subresource === '', isTracked: true, strategy: view.strategy });
}

/** The merged object as one of its kind. What the schema lets pass and Go's type does not is a failure of upstream's own. */
function decodeMerged(call: Call, { bodyType }: View, merged: KubeObject, applied: JsonObject): KubeObject {
  try {
    return decodeBody({ ...call, fieldValidation: 'Ignore' }, bodyType, { value: cloneJson(merged) as unknown as JsonValue });
  } catch (error) {
    const cause = error instanceof StatusError ? error.cause : undefined;
    if (!(cause instanceof DecodeError) || call.definition.custom) throw error;
    const { name = '', namespace = '' } = (applied['metadata'] ?? {}) as KubeObject['metadata'];
    const type = printType(applied);
    const text = `failed to convert new object (${namespace}/${name}; ${type}) to proper version: unable to convert unstructured object to ${type}: ${cause.conversionText}`;
    throw new StatusError('Unknown', text, { cause });
  }
}

/** After the merge, as upstream does it: what that finds comes first. */
function checkStrictly({ fieldValidation, warnings }: Call, errors: readonly string[]): void {
  if (errors.length === 0 || fieldValidation === 'Ignore') return;
  if (fieldValidation === 'Warn') {
    warnings.push(...errors);
    return;
  }
  const lines = errors.map((error) => `\n  ${error}`).join('');
  throw newBadRequest(`error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:${lines}`);
}

/** Whether the view shows a kind of its own: a Scale. */
function isPart({ definition }: Call, { bodyType }: View): boolean {
  return bodyType.kind !== definition.kind;
}

function merge(
  registry: Registry,
  call: Call,
  view: View,
  { live, applied, force }: { live: KubeObject | undefined; applied: JsonObject; force: boolean },
): Applied {
  const part = isPart(call, view);
  return applyPatch({
    live: live && (part ? shownPart(call, view, live) : view.show(live)),
    applied: cloneJson(applied),
    mayHaveOtherTypes: call.definition.custom !== undefined && !part,
    manager: call.fieldManager,
    force,
    schema: schemaOf(view.bodyType.schema),
    apiVersion: apiVersionOf(view.bodyType),
    subresource: call.subresource,
    nowMs: registry.clock.now(),
    filter: part ? ALL_FIELDS : fieldFilterOf(call),
    versions: part ? undefined : versionsOf(call),
  });
}
function shownPart(call: Call, view: View, live: KubeObject): KubeObject {
  const shown = view.show(live);
  return { ...shown, metadata: { ...shown.metadata, managedFields: scaleEntries(call, live) } };
}

/** What the client states; throws BadRequest where it is of another type. */
function statementOf({ bodyType }: View, patch: JsonValue): JsonObject {
  if (typeof patch === 'object' && patch !== null && !Array.isArray(patch)) {
    if (patch['apiVersion'] === apiVersionOf(bodyType) && patch['kind'] === bodyType.kind) return patch;
  } else if (patch !== null) {
    const cause = `json: cannot unmarshal ${Array.isArray(patch) ? 'array' : jsonKind(patch)} into Go value of type map[string]interface {}`;
    throw newBadRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${cause}`);
  }
  throw newBadRequest(`invalid object type: ${printType(patch ?? {})}`);
}
function jsonKind(value: string | number | boolean): string {
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
/** As Go prints a GroupVersionKind. */
function printType({ apiVersion, kind }: JsonObject): string {
  const [group = '', version, ...more] = (typeof apiVersion === 'string' ? apiVersion : '').split('/');
  if (more.length > 0) return '/, Kind=';
  return `${version === undefined ? `/${group}` : `${group}/${version}`}, Kind=${typeof kind === 'string' ? kind : ''}`;
}

/** A new object cannot be one that is known by its uid. */
function checkUnborn(call: Call, name: string, { metadata: { uid } }: KubeObject): void {
  if (uid) throw newConflict(resourceName(call), name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`);
}
