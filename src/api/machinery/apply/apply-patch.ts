import { rfc3339 } from '#lib';
import type { ManagedFieldsEntry } from '#api/types/meta-v1';
import type { JsonObject, JsonValue } from '../json.ts';
import { isObject, jsonEqual } from '../json-value.ts';
import type { KubeObject } from '../object.ts';
import { newBadRequest, StatusError } from '../status-error.ts';
import { type Comparison, compareObjects, UNOWNED } from './compare.ts';
import { type Conflict, conflictError, conflictsOf } from './conflicts.ts';
import { difference, type FieldSet, intersection, isEmptySet, union } from './field-set.ts';
import { areReadable, capUpdaters, isEntryOf, type ManagerIdentity, newEntry, setOf, sortedEntries, withoutEmpty } from './managed-fields.ts';
import { handOver, resetFieldsOf, trackUpdate, withoutIgnored, zeroOf } from './track-update.ts';
import { mergeTyped, removeFields, withNamedFields } from './typed-merge.ts';
import { fieldSetOf, type Schema, typeErrors } from './typed.ts';

export interface ApplyPatch {
  /** Absent: the object is created. */
  readonly live: KubeObject | undefined;
  /** What the manager states, as sent: unknown fields and wrong types are refused here. */
  readonly applied: JsonObject;
  readonly manager: string;
  readonly force?: boolean | undefined;
  /** Absent for custom resources whose schema is not known. */
  readonly schema: Schema;
  readonly apiVersion: string;
  readonly subresource?: string | undefined;
  readonly nowMs: number;
  /** Fields that this write cannot change (upstream's reset fields); default: those of `resetFieldsOf`. */
  readonly ignored?: FieldSet | undefined;
}
export interface Applied {
  /** The merged object with its managedFields. It shares parts with `live`: copy before changing it in place. Members may be null: decode it. */
  readonly object: KubeObject;
  /** False: `object` is `live`, nothing is to be written. */
  readonly changed: boolean;
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Applies what a manager states (server-side apply). Throws StatusError: Conflict with the owners' names, or what is wrong with the statement. */
export function applyPatch(patch: ApplyPatch): Applied {
  const { applied, schema } = patch;
  const sent = isObject(applied['metadata']) ? applied['metadata']['managedFields'] : undefined;
  if (Array.isArray(sent) && sent.length > 0) throw newBadRequest('metadata.managedFields must be nil');
  const errors = typeErrors(schema, applied);
  if (errors.length) throw typedError(applied, errors);
  // kubectl may take over what it applied from the client's side before, since it is the same statement.
  try {
    return finish(patch, merge(patch, patch.force === true));
  } catch (error) {
    if (!(error instanceof ConflictsFound)) throw error;
    const allowed = patch.manager === 'kubectl' ? lastAppliedSet(patch) : undefined;
    const left = allowed ? withoutAllowed(error.conflicts, allowed) : error.conflicts;
    if (left.length) throw conflictError(left);
    return finish(patch, merge(patch, true));
  }
}

class ConflictsFound extends Error {
  readonly conflicts: readonly Conflict[];
  constructor(conflicts: readonly Conflict[]) {
    super('conflicts');
    this.conflicts = conflicts;
  }
}

interface Merged {
  readonly object: JsonObject;
  readonly entries: ManagedFieldsEntry[];
}

function merge(patch: ApplyPatch, force: boolean): Merged {
  const { schema } = patch;
  const subresource = patch.subresource ?? '';
  const identity: ManagerIdentity = { manager: patch.manager, operation: 'Apply', apiVersion: patch.apiVersion, subresource };
  const ignored = patch.ignored ?? resetFieldsOf(subresource);
  const live = patch.live ? withoutManagedFields(patch.live) : zeroOf(schema);
  const before = entriesBefore(patch);
  const last = before.find((entry) => isEntryOf(entry, identity));
  const stated = withoutIgnored(fieldSetOf(schema, patch.applied), ignored);
  const others = before.filter((entry) => entry !== last);
  const merged = mergeTyped(schema, live, patch.applied) as JsonObject;
  const owned = others.reduce((set, entry) => union(set, setOf(entry)), stated);
  const object = last ? (prune(schema, { merged, last: setOf(last), owned }) as JsonObject) : merged;
  const comparison = compareObjects(schema, live, object, ignored);
  const conflicts = comparison.changed ? conflictsOf(others, comparison.changed) : [];
  if (conflicts.length && !force) throw new ConflictsFound(conflicts);
  const own = difference(stated, UNOWNED);
  const entries = handOver(others, comparison.changed, comparison.removed, () => false);
  if (!isEmptySet(own)) entries.push(ownEntry({ identity, own, last, comparison, nowMs: patch.nowMs }));
  return { object, entries: sortedEntries(withoutEmpty(entries)) };
}

/** The applier's entry; the same one as before where neither the object nor the statement changed. */
function ownEntry(state: {
  identity: ManagerIdentity;
  own: FieldSet;
  last: ManagedFieldsEntry | undefined;
  comparison: Comparison;
  nowMs: number;
}): ManagedFieldsEntry {
  const { identity, own, last, comparison, nowMs } = state;
  const isSame = last && !comparison.changed && !comparison.removed && last.apiVersion === identity.apiVersion && jsonEqual(setOf(last), own);
  return isSame ? last : newEntry(identity, own, rfc3339(nowMs));
}

/** The live entries; an object that was never tracked belongs to `before-first-apply`. */
function entriesBefore({ live, schema, apiVersion, nowMs }: ApplyPatch): ManagedFieldsEntry[] {
  if (!live) return [];
  const stored = live.metadata.managedFields ?? [];
  if (stored.length) {
    if (!areReadable(stored)) throw new StatusError('Unknown', 'failed to decode managed fields: invalid entries');
    return stored;
  }
  return trackUpdate({ live: undefined, updated: live, manager: 'before-first-apply', apiVersion, schema, nowMs, ignored: {} }) ?? [];
}

/** Takes out what the manager stated last time and states no more, unless somebody else owns it. */
function prune(schema: Schema, state: { merged: JsonObject; last: FieldSet; owned: FieldSet }): JsonValue {
  const { merged } = state;
  const named = (set: FieldSet): FieldSet => withNamedFields(schema, set);
  const last = named(state.last);
  const all = named(fieldSetOf(schema, merged));
  const bare = removeFields(schema, merged, last);
  const keptOrOwned = union(named(fieldSetOf(schema, bare)), named(state.owned));
  const withOwned = removeFields(schema, merged, difference(all, keptOrOwned));
  // What nobody owned before may hang below what goes: only what the manager itself stated is taken.
  return removeFields(schema, merged, intersection(difference(all, named(fieldSetOf(schema, withOwned))), last));
}

function finish(patch: ApplyPatch, { object, entries }: Merged): Applied {
  const { live } = patch;
  const synced = patch.manager === 'kubectl' && !patch.subresource ? withLastApplied(object, patch) : object;
  const metadata = { ...(synced['metadata'] as JsonObject | undefined) };
  const capped = capUpdaters(entries);
  if (capped.length) metadata['managedFields'] = capped as unknown as JsonValue;
  const result = { ...synced, metadata };
  if (live && jsonEqual(result, live as unknown as JsonValue)) return { object: live, changed: false };
  return { object: result as unknown as KubeObject, changed: true };
}

function withoutManagedFields(object: KubeObject): JsonObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata } as unknown as JsonObject;
}

function typedError(applied: JsonObject, errors: readonly string[]): StatusError {
  const metadata = isObject(applied['metadata']) ? applied['metadata'] : {};
  const apiVersion = typeof applied['apiVersion'] === 'string' ? applied['apiVersion'] : '';
  const kind = typeof applied['kind'] === 'string' ? applied['kind'] : '';
  const groupVersion = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`;
  const text = errors.length === 1 ? errors[0] : `errors:\n${errors.map((error) => `  ${error}`).join('\n')}`;
  const name = `${typeof metadata['namespace'] === 'string' ? metadata['namespace'] : ''}/${typeof metadata['name'] === 'string' ? metadata['name'] : ''}`;
  return new StatusError('Unknown', `failed to create typed patch object (${name}; ${groupVersion}, Kind=${kind}): ${text}`);
}

function annotationOf(object: KubeObject | undefined): string | undefined {
  return object?.metadata.annotations?.[LAST_APPLIED];
}
/** What client-side apply stated last and still holds. */
function lastAppliedSet({ live, schema }: ApplyPatch): FieldSet {
  const text = annotationOf(live);
  if (!text || !live) return {};
  let stated: JsonValue;
  try {
    stated = JSON.parse(text) as JsonValue;
  } catch {
    return {};
  }
  if (!isObject(stated) || typeErrors(schema, stated).length) return {};
  const { changed, removed } = compareObjects(schema, stated, withoutManagedFields(live), undefined);
  return [changed, removed].reduce<FieldSet>((set, gone) => (gone ? difference(set, gone) : set), fieldSetOf(schema, stated));
}
function withoutAllowed(conflicts: readonly Conflict[], allowed: FieldSet): Conflict[] {
  return conflicts.map((conflict) => ({ ...conflict, set: difference(conflict.set, allowed) })).filter(({ set }) => !isEmptySet(set));
}
/** Keeps client-side apply's record of the last statement up to date, so that both kinds of apply may be mixed. */
function withLastApplied(object: JsonObject, { live, applied }: ApplyPatch): JsonObject {
  if (!annotationOf(live)) return object;
  const metadata = isObject(applied['metadata']) ? applied['metadata'] : {};
  const { [LAST_APPLIED]: _, ...annotations } = isObject(metadata['annotations']) ? metadata['annotations'] : {};
  const stated = { ...applied, metadata: { ...metadata, ...(metadata['annotations'] === undefined ? {} : { annotations }) } };
  const text = `${JSON.stringify(sortedKeys(stated))}\n`;
  const merged = isObject(object['metadata']) ? object['metadata'] : {};
  const all = isObject(merged['annotations']) ? merged['annotations'] : {};
  return { ...object, metadata: { ...merged, annotations: { ...all, [LAST_APPLIED]: text } } };
}
function sortedKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortedKeys(value[key] as JsonValue)]),
  );
}
