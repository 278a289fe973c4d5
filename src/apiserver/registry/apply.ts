import { type Applied, apiVersionOf, applyPatch, cloneJson, type JsonObject, type JsonValue, type KubeObject, newBadRequest, schemaOf } from '#api';
import type { Call } from './call.ts';
import { decodeBody, ownBodyType } from './decode-body.ts';
import type { Registry } from './registry.ts';
import { guaranteedUpdate, type Updated } from './update.ts';
import { checkPlace, inServedVersion, toStored, type View } from './view.ts';

/** Server-side apply; makes the object when it is missing. */
export async function applyServerSide(
  registry: Registry,
  call: Call,
  name: string,
  view: View,
  request: { readonly patch: JsonValue; readonly force: boolean },
): Promise<Updated> {
  const applied = statementOf(call, view, name, request.patch);
  const change = (live: KubeObject | undefined): KubeObject => {
    const merged = merge(registry, call, live, applied, request.force);
    if (live && !merged.changed) return cloneJson(live);
    const body = decodeBody({ ...call, fieldValidation: 'Ignore' }, ownBodyType(call), { value: cloneJson(merged.object) as unknown as JsonValue });
    checkPlace(call, body, name);
    return toStored(call, body);
  };
  return await guaranteedUpdate(registry, call, name, change, { mayCreate: call.subresource === '', isTracked: true, strategy: view.strategy });
}

function merge(registry: Registry, call: Call, live: KubeObject | undefined, applied: JsonObject, force: boolean): Applied {
  return applyPatch({
    live: live && inServedVersion(call, live),
    applied: cloneJson(applied),
    manager: call.fieldManager,
    force,
    schema: schemaOf(call.served.schema),
    apiVersion: apiVersionOf(call.served),
    subresource: call.subresource,
    nowMs: registry.clock.now(),
  });
}

/** What the client states about the object; a Scale states the replicas of its parent. */
function statementOf(call: Call, view: View, name: string, patch: JsonValue): JsonObject {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) throw newBadRequest('error decoding YAML: the body is no object');
  const expected = apiVersionOf(view.bodyType);
  const sent = patch['apiVersion'];
  if (typeof sent === 'string' && sent !== expected) {
    throw newBadRequest(`Incorrect version specified in apply patch. Specified patch version: ${sent}, expected: ${expected}`);
  }
  if (view.bodyType.kind === call.definition.kind) return patch;
  return {
    apiVersion: apiVersionOf(call.served),
    kind: call.definition.kind,
    metadata: { name },
    ...(patch['spec'] === undefined ? {} : { spec: patch['spec'] }),
  };
}
