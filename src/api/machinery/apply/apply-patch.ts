import { rfc3339 } from '#lib';
import type { ManagedFieldsEntry } from '#api/types/meta-v1';
import type { JsonObject, JsonValue } from '../json.ts';
import { goJson, inOrder, isObject, jsonEqual } from '../json-value.ts';
import type { KubeObject } from '../object.ts';
import { validateAnnotations } from '../object-meta.ts';
import { newBadRequest, StatusError } from '../status-error.ts';
import { compareObjects, UNOWNED } from './compare.ts';
import { type Conflict, conflictError, conflictsOf } from './conflicts.ts';
import { type FieldFilter, usualFilter } from './field-filter.ts';
import { difference, type FieldSet, isEmptySet } from './field-set.ts';
import { areReadable, isEntryOf, type ManagerIdentity, newEntry, setOf, sortedEntries, withoutEmpty } from './managed-fields.ts';
import { Changes, type ObjectVersions } from './object-versions.ts';
import { pruneDropped } from './prune.ts';
import { filtered, handOver, reconciled, trackUpdate, zeroOf } from './track-update.ts';
import { mergeTyped } from './typed-merge.ts';
import { fieldSetOf, type Schema, typeErrors, typeErrorsText } from './typed.ts';

export interface ApplyPatch {
  /** Absent: the object is created. */
  readonly live: KubeObject | undefined;
  /** What the manager states, as sent: unknown fields and wrong types are refused here. */
  readonly applied: JsonObject;
  /** Of a kind that clients defined: the live object is held to the schema, too. */
  readonly mayHaveOtherTypes?: boolean;
  readonly manager: string;
  readonly force?: boolean | undefined;
  /** Absent for custom resources whose schema is not known. */
  readonly schema: Schema;
  readonly apiVersion: string;
  readonly subresource?: string | undefined;
  readonly nowMs: number;
  /** Fields that this endpoint leaves alone; default: those of `usualFilter`. */
  readonly filter?: FieldFilter | undefined;
  /** Absent: the kind has no other versions. */
  readonly versions?: ObjectVersions | undefined;
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
  if (isObject(applied['metadata']) && Array.isArray(applied['metadata']['managedFields'])) throw newBadRequest('metadata.managedFields must be nil');
  const errors = typeErrors(schema, applied);
  if (errors.length) throw typedError('patch', applied, errors);
  if (patch.live && patch.mayHaveOtherTypes) checkLive(patch.live, schema);
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
  const { schema, apiVersion, versions } = patch;
  const subresource = patch.subresource ?? '';
  const filter = patch.filter ?? usualFilter(subresource);
  const view = { schema, apiVersion, versions, filter };
  const identity: ManagerIdentity = { manager: patch.manager, operation: 'Apply', apiVersion, subresource };
  const live = patch.live ? withoutManagedFields(patch.live) : (zeroOf(schema) as JsonObject);
  const before = reconciled(entriesBefore(patch), view);
  const last = before.find((entry) => isEntryOf(entry, identity));
  const others = before.filter((entry) => entry !== last);
  const stated = filtered(fieldSetOf(schema, patch.applied), filter);
  const merged = mergeTyped(schema, live, patch.applied) as JsonObject;
  const owners = [...others, newEntry(identity, stated, undefined)];
  const object = last && !isEmptySet(setOf(last)) ? pruneDropped(merged, { last, owners, view }) : merged;
  const changes = new Changes(view, { live, next: object });
  const conflicts = conflictsOf(others, changes);
  if (conflicts.length && !force) throw new ConflictsFound(conflicts);
  const entries = handOver(others, changes, () => false);
  // A statement that changes nothing leaves the times alone; who makes one for the first time then has none.
  const time = patch.live && jsonEqual(object, live) ? last?.time : rfc3339(patch.nowMs);
  const own = difference(stated, UNOWNED);
  if (!isEmptySet(own)) entries.push(newEntry(identity, own, time));
  return { object, entries: sortedEntries(withoutEmpty(entries)) };
}

/** The live entries; an object that was never tracked belongs to `before-first-apply`. */
function entriesBefore(patch: ApplyPatch): readonly ManagedFieldsEntry[] {
  const { live } = patch;
  if (!live) return [];
  const stored = live.metadata.managedFields ?? [];
  if (stored.length) {
    if (!areReadable(stored)) throw new StatusError('Unknown', 'failed to decode managed fields: invalid entries');
    return stored;
  }
  return trackUpdate({ ...patch, live: undefined, updated: live, manager: 'before-first-apply' }) ?? [];
}

function finish(patch: ApplyPatch, { object, entries }: Merged): Applied {
  const { live } = patch;
  const synced = patch.manager === 'kubectl' ? withLastApplied(object, patch.applied) : object;
  const metadata = { ...(synced['metadata'] as JsonObject | undefined) };
  if (entries.length) metadata['managedFields'] = entries as unknown as JsonValue;
  const result = { ...synced, metadata };
  if (live && jsonEqual(result, live as unknown as JsonValue)) return { object: live, changed: false };
  return { object: result as unknown as KubeObject, changed: true };
}

function withoutManagedFields(object: KubeObject): JsonObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata } as unknown as JsonObject;
}

/** What was stored before its definition changed may be of other types than the schema's. */
function checkLive(live: KubeObject, schema: Schema): void {
  const bare = withoutManagedFields(live);
  const errors = typeErrors(schema, bare, '', { allowsDuplicates: true });
  if (errors.length) throw typedError('live', bare, errors);
}
function typedError(what: 'patch' | 'live', applied: JsonObject, errors: readonly string[]): StatusError {
  const metadata = isObject(applied['metadata']) ? applied['metadata'] : {};
  const apiVersion = typeof applied['apiVersion'] === 'string' ? applied['apiVersion'] : '';
  const kind = typeof applied['kind'] === 'string' ? applied['kind'] : '';
  const groupVersion = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`;
  const text = typeErrorsText(errors);
  const name = `${typeof metadata['namespace'] === 'string' ? metadata['namespace'] : ''}/${typeof metadata['name'] === 'string' ? metadata['name'] : ''}`;
  return new StatusError('Unknown', `failed to create typed ${what} object (${name}; ${groupVersion}, Kind=${kind}): ${text}`);
}

/** What client-side apply stated last and still holds; undefined where it stated nothing that can be used. */
function lastAppliedSet({ live, schema, apiVersion }: ApplyPatch): FieldSet | undefined {
  const text = live?.metadata.annotations?.[LAST_APPLIED];
  if (!text || !live) return undefined;
  const stated = parsed(text);
  if (!isObject(stated) || stated['apiVersion'] !== apiVersion || typeErrors(schema, stated).length) return undefined;
  const { changed, removed } = compareObjects(schema, stated, withoutManagedFields(live), undefined);
  return [changed, removed].reduce<FieldSet>((set, gone) => (gone ? difference(set, gone) : set), fieldSetOf(schema, stated));
}
function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
function withoutAllowed(conflicts: readonly Conflict[], allowed: FieldSet): Conflict[] {
  return conflicts.map((conflict) => ({ ...conflict, set: difference(conflict.set, allowed) })).filter(({ set }) => !isEmptySet(set));
}

/** Keeps client-side apply's record of the last statement up to date, so that both kinds of apply may be mixed. */
function withLastApplied(object: JsonObject, applied: JsonObject): JsonObject {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  const { [LAST_APPLIED]: recorded, ...others } = isObject(metadata['annotations']) ? metadata['annotations'] : {};
  if (!recorded) return object;
  const annotations = { ...others, [LAST_APPLIED]: recordOf(applied) };
  const fits = validateAnnotations(annotations as Record<string, string>, '').every(({ type }) => type !== 'FieldValueTooLong');
  return { ...object, metadata: { ...metadata, annotations: fits ? annotations : others } };
}
/** The statement without the record itself, as Go writes it. */
function recordOf(applied: JsonObject): string {
  const metadata = isObject(applied['metadata']) ? applied['metadata'] : {};
  const { [LAST_APPLIED]: _, ...annotations } = isObject(metadata['annotations']) ? metadata['annotations'] : {};
  const stated = { ...applied, metadata: { ...metadata, ...(metadata['annotations'] === undefined ? {} : { annotations }) } };
  return `${goJson(inOrder(stated))}\n`;
}
