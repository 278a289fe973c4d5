import {
  apiVersionOf,
  cloneJson,
  codecFor,
  type CustomTraits,
  jsonEqual,
  type JsonObject,
  type KubeObject,
  type ObjectVersions,
  schemaOf,
  trackUpdate,
  typeErrors,
  typeErrorsText,
  UnknownInVersion,
} from '#api';
import type { ManagedFieldsEntry } from '#api/types/meta-v1';
import { type Call, type Served, servedAs } from './call.ts';
import { fieldFilterOf } from './field-filters.ts';
import type { Registry } from './registry.ts';
import { inServedVersion } from './view.ts';

/** Records in `updated.metadata.managedFields` which fields this request's manager owns now. Runs before admission, as upstream does it. */
export function trackManagedFields(registry: Registry, call: Call, live: KubeObject | undefined, updated: KubeObject): void {
  const entries = entriesAfter(registry, call, live, updated);
  setManagedFields(updated, entries);
}
function entriesAfter(registry: Registry, call: Call, live: KubeObject | undefined, updated: KubeObject): ManagedFieldsEntry[] | undefined {
  const write = {
    live: live && inServedVersion(call, live),
    updated: inServedVersion(call, updated),
    manager: call.fieldManager,
    apiVersion: apiVersionOf(call.served),
    subresource: call.subresource,
    schema: schemaOf(call.served.schema),
    nowMs: registry.clock.now(),
    filter: fieldFilterOf(call),
    versions: versionsOf(call),
  };
  try {
    return trackUpdate(write);
  } catch (error) {
    // As upstream: rather nobody than the wrong ones.
    if (error instanceof UnknownInVersion) return undefined;
    throw error;
  }
}

/** Sets the entries, or takes the member away. */
export function setManagedFields({ metadata }: KubeObject, entries: ManagedFieldsEntry[] | undefined): void {
  if (entries?.length) metadata.managedFields = entries;
  else delete metadata.managedFields;
}

/** Puts the old times back where they are all that changed, so that nothing is written (upstream's IgnoreManagedFieldsTimestampsTransformer). */
export function keepTimes(object: KubeObject, old: KubeObject): void {
  const [mine, theirs] = [object.metadata.managedFields, old.metadata.managedFields];
  if (!mine || !theirs || mine === theirs || mine.length !== theirs.length) return;
  if (mine.every(({ time }, i) => time === theirs[i]?.time)) return;
  if (!mine.every((entry, i) => isEqual({ ...entry, time: undefined }, { ...theirs[i], time: undefined }))) return;
  const without = (each: KubeObject): KubeObject => ({ ...each, metadata: { ...each.metadata, managedFields: undefined } });
  if (isEqual(without(object), without(old))) object.metadata.managedFields = theirs;
}
function isEqual(a: object, b: object): boolean {
  return jsonEqual(a as JsonObject, b as JsonObject);
}

/** The versions besides the call's own in which the kind is served; undefined where there are none. */
export function versionsOf(call: Call): ObjectVersions | undefined {
  const { definition } = call;
  if (definition.custom) return customVersions(call, definition.custom);
  if (!definition.alsoServedAs?.length) return undefined;
  const filter = fieldFilterOf(call);
  return {
    find(apiVersion) {
      const served = servedIn(call, apiVersion);
      return served && { schema: schemaOf(served.schema), filter };
    },
    convert(object, from, to) {
      const [source, target] = [servedIn(call, from), servedIn(call, to)];
      if (!source || !target) return object;
      const decoded = codecFor(source.schema).convert(cloneJson(object)).object;
      const stored = source.toStored?.(decoded) ?? decoded;
      return inServedVersion({ ...call, served: target }, stored) as unknown as JsonObject;
    },
  };
}

function customVersions(call: Call, custom: CustomTraits): ObjectVersions {
  return {
    find(apiVersion) {
      const schema = custom.schemaIn(apiVersion);
      return schema && { schema, filter: fieldFilterOf(call) };
    },
    convert(object, _from, to) {
      const converted = { ...cloneJson(object), apiVersion: to };
      const problems = typeErrors(custom.schemaIn(to), converted);
      if (problems.length) throw new UnknownInVersion(typeErrorsText(problems));
      return converted;
    },
  };
}

/** Whether the kind is served in a version. */
export function isServedIn(call: Call, apiVersion: string): boolean {
  return apiVersion === apiVersionOf(call.served) || servedIn(call, apiVersion) !== undefined;
}
function servedIn({ definition }: Call, apiVersion: string): Served | undefined {
  const slash = apiVersion.indexOf('/');
  return servedAs(definition, slash < 0 ? '' : apiVersion.slice(0, slash), apiVersion.slice(slash + 1));
}
