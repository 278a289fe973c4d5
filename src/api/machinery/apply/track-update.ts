import { rfc3339 } from '#lib';
import type { ManagedFieldsEntry } from '#api/types/meta-v1';
import { decoderFor } from '../decode.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { jsonEqual } from '../json-value.ts';
import type { KubeObject } from '../object.ts';
import { type FieldFilter, usualFilter } from './field-filter.ts';
import { difference, type FieldSet, union } from './field-set.ts';
import {
  areReadable,
  asksToForget,
  capUpdaters,
  isEntryOf,
  type ManagerIdentity,
  newEntry,
  readEntries,
  setOf,
  sortedEntries,
  withoutEmpty,
  withSet,
} from './managed-fields.ts';
import { Changes, type ObjectVersions } from './object-versions.ts';
import { reconcileSet } from './reconcile.ts';
import type { Schema } from './typed.ts';

export interface TrackUpdate {
  /** Absent for a create. */
  readonly live: KubeObject | undefined;
  /** The object as the client wants it, decoded and with defaults; its managedFields are those that the client sent. */
  readonly updated: KubeObject;
  /** The request's fieldManager, or the first word of its User-Agent. */
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource?: string | undefined;
  /** Absent for custom resources whose schema is not known. */
  readonly schema: Schema;
  readonly nowMs: number;
  /** Fields that this endpoint leaves alone; default: those of `usualFilter`. */
  readonly filter?: FieldFilter | undefined;
  /** Absent: the kind has no other versions. */
  readonly versions?: ObjectVersions | undefined;
}

/**
 * The managedFields of an object after a create, update or patch: who changed a field owns it from now on, alone. Returns the live list itself when
 * nothing changed hands. An object whose managedFields were emptied stays untracked until the next apply.
 */
export function trackUpdate(write: TrackUpdate): ManagedFieldsEntry[] | undefined {
  const { live, updated, schema, apiVersion } = write;
  const subresource = write.subresource ?? '';
  const before = entriesBefore(live, updated, subresource);
  if (before.length === 0 && live?.metadata.uid) return undefined;
  const filter = write.filter ?? usualFilter(subresource);
  const states = { live: asJson(live) ?? (zeroOf(schema) as JsonObject), next: asJson(updated) as JsonObject };
  const changes = new Changes({ schema, filter, apiVersion, versions: write.versions }, states);
  const entries = reconciled(before, write);
  const identity: ManagerIdentity = { manager: write.manager || 'unknown', operation: 'Update', apiVersion, subresource };
  const after = handOver(entries, changes, (entry) => isEntryOf(entry, identity));
  const { changed } = changes.own;
  if (changed) {
    const at = after.findIndex((entry) => isEntryOf(entry, identity));
    const own = after[at];
    const entry = newEntry(identity, own ? union(setOf(own), changed) : changed, rfc3339(write.nowMs));
    if (own) after[at] = entry;
    else after.push(entry);
  } else if (before === live?.metadata.managedFields && isSame(after, before)) return before;
  return sortedEntries(capUpdaters(withoutEmpty(after)));
}
function isSame(a: readonly ManagedFieldsEntry[], b: readonly ManagedFieldsEntry[]): boolean {
  return a.length === b.length && a.every((entry, i) => entry === b[i]);
}

/** The entries with sets that fit their schemas; those of versions that are served no more go. */
export function reconciled(
  entries: readonly ManagedFieldsEntry[],
  request: { readonly apiVersion: string; readonly schema: Schema; readonly versions?: ObjectVersions | undefined },
): ManagedFieldsEntry[] {
  const kept: ManagedFieldsEntry[] = [];
  for (const entry of entries) {
    const { apiVersion = '' } = entry;
    const view = apiVersion === request.apiVersion ? request : request.versions?.find(apiVersion);
    if (view) kept.push(withSet(entry, reconcileSet(view.schema, setOf(entry))));
  }
  return kept;
}

/** What every entry keeps after a change; those for which `isWriter` holds lose only what was removed. */
export function handOver(entries: readonly ManagedFieldsEntry[], changes: Changes, isWriter: (entry: ManagedFieldsEntry) => boolean): ManagedFieldsEntry[] {
  return entries.map((entry) => {
    const { changed, removed } = changes.for(entry) ?? {};
    let set = setOf(entry);
    if (changed && !isWriter(entry)) set = difference(set, changed);
    if (removed) set = difference(set, removed);
    return withSet(entry, set);
  });
}

/** The entries a write starts from: the client's where it sent some that can be read, else the live ones. */
function entriesBefore(live: KubeObject | undefined, updated: KubeObject, subresource: string): ManagedFieldsEntry[] {
  const stored = live?.metadata.managedFields ?? [];
  const readable = areReadable(stored) ? stored : [];
  const sent = updated.metadata.managedFields;
  // Who read the object and puts it back sends the same entries: the sets are then the ones already known.
  if (subresource !== '' || !sent || sent === stored || jsonEqual(sent as unknown as JsonValue, stored as unknown as JsonValue)) return readable;
  if (asksToForget(sent)) return [];
  return readEntries(sent) ?? readable;
}

const zeros = new WeakMap<object, JsonValue>();
/** What a new object is compared with: Go's empty struct, so that `spec` itself is nobody's. */
export function zeroOf(schema: Schema): JsonValue {
  if (!schema) return {};
  let zero = zeros.get(schema);
  if (zero === undefined) {
    zero = decoderFor(schema).zero();
    zeros.set(schema, zero);
  }
  return zero;
}
/** The managers' sets without what cannot be changed here. */
export function filtered(set: FieldSet, filter: FieldFilter | undefined): FieldSet {
  return filter ? filter.apply(set) : set;
}
function asJson(object: KubeObject | undefined): JsonObject | undefined {
  return object as unknown as JsonObject | undefined;
}
