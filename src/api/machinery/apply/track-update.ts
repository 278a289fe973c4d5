import { rfc3339 } from '#lib';
import type { ManagedFieldsEntry } from '#api/types/meta-v1';
import { decoderFor } from '../decode.ts';
import type { JsonValue } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { compareObjects } from './compare.ts';
import { difference, type FieldSet, LEAF, recursiveDifference, union } from './field-set.ts';
import {
  areReadable,
  capUpdaters,
  isEntryOf,
  isFieldSet,
  type ManagerIdentity,
  newEntry,
  setOf,
  sortedEntries,
  withoutEmpty,
  withSet,
} from './managed-fields.ts';
import type { Schema } from './typed.ts';

export interface TrackUpdate {
  /** Absent for a create. */
  readonly live: KubeObject | undefined;
  /** The object as it will be stored, but for its managedFields: those are what the client sent. */
  readonly updated: KubeObject;
  /** The request's fieldManager, or the first word of its User-Agent. */
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource?: string | undefined;
  /** Absent for custom resources whose schema is not known. */
  readonly schema: Schema;
  readonly nowMs: number;
  /** Fields that this write cannot change (upstream's reset fields); default: those of `resetFieldsOf`. */
  readonly ignored?: FieldSet | undefined;
}

/**
 * The managedFields of an object after a create, update or patch: who changed a field owns it from now on, alone. Returns the live list itself when
 * nothing changed hands. An object whose managedFields were emptied stays untracked until the next apply.
 */
export function trackUpdate(write: TrackUpdate): ManagedFieldsEntry[] | undefined {
  const { live, updated, schema } = write;
  const subresource = write.subresource ?? '';
  const entries = entriesBefore(live, updated, subresource);
  if (entries.length === 0 && live?.metadata.uid) return undefined;
  const ignored = write.ignored ?? resetFieldsOf(subresource);
  const { changed, removed } = compareObjects(schema, asJson(live) ?? zeroOf(schema), asJson(updated) as JsonValue, ignored);
  if (!changed && !removed) return entries.length ? entries : undefined;
  const identity: ManagerIdentity = { manager: write.manager || 'unknown', operation: 'Update', apiVersion: write.apiVersion, subresource };
  const after = handOver(entries, changed, removed, (entry) => isEntryOf(entry, identity));
  const own = after.find((entry) => isEntryOf(entry, identity));
  if (changed) {
    const set = own ? union(setOf(own), changed) : changed;
    const entry = newEntry(identity, set, rfc3339(write.nowMs));
    if (own) after[after.indexOf(own)] = entry;
    else after.push(entry);
  }
  return sortedEntries(capUpdaters(withoutEmpty(after)));
}

/** What every entry keeps after a change; those for which `isWriter` holds lose only what was removed. */
export function handOver(
  entries: readonly ManagedFieldsEntry[],
  changed: FieldSet | undefined,
  removed: FieldSet | undefined,
  isWriter: (entry: ManagedFieldsEntry) => boolean,
): ManagedFieldsEntry[] {
  return entries.map((entry) => {
    let set = setOf(entry);
    if (changed && !isWriter(entry)) set = difference(set, changed);
    if (removed) set = difference(set, removed);
    return withSet(entry, set);
  });
}

/** The entries a write starts from: the client's where it sent some that can be read, else the live ones. `[{}]` asks to forget all. */
function entriesBefore(live: KubeObject | undefined, updated: KubeObject, subresource: string): ManagedFieldsEntry[] {
  const stored = live?.metadata.managedFields ?? [];
  const readable = areReadable(stored) ? stored : [];
  const sent = updated.metadata.managedFields;
  if (subresource !== '' || !sent || sent === stored) return readable;
  if (sent.length === 1 && Object.keys(sent[0] ?? {}).length === 0) return [];
  const isTaken = sent.length > 0 && areReadable(sent) && sent.every((entry) => isFieldSet((entry.fieldsV1 ?? {}) as JsonValue));
  return isTaken ? sent : readable;
}

/** The fields that a write through the object, or through a subresource, leaves as they are. */
export function resetFieldsOf(subresource: string): FieldSet | undefined {
  return RESET[subresource];
}
const RESET: Readonly<Record<string, FieldSet>> = { '': { 'f:status': LEAF }, status: { 'f:spec': LEAF } };

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
export function withoutIgnored(set: FieldSet, ignored: FieldSet | undefined): FieldSet {
  return ignored ? recursiveDifference(set, ignored) : set;
}
function asJson(object: KubeObject | undefined): JsonValue | undefined {
  return object as unknown as JsonValue | undefined;
}
