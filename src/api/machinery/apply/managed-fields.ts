/** The entries of metadata.managedFields: who is one manager, how entries are kept, ordered and capped. */
import type { ManagedFieldsEntry } from '#api/types/meta-v1';
import type { JsonValue } from '../json.ts';
import { isObject } from '../json-value.ts';
import { type FieldSet, isEmptySet, union } from './field-set.ts';

/** Who writes. Appliers are the same manager whatever version they use. */
export interface ManagerIdentity {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** '' for the object itself. */
  readonly subresource: string;
}
export const MAX_UPDATE_MANAGERS = 10;
const OLD_UPDATES_MANAGER = 'ancient-changes';

/** Whether the entry is that manager's. */
export function isEntryOf(entry: ManagedFieldsEntry, identity: ManagerIdentity): boolean {
  return (
    entry.manager === identity.manager &&
    entry.operation === identity.operation &&
    (entry.subresource ?? '') === identity.subresource &&
    (identity.operation === 'Apply' || entry.apiVersion === identity.apiVersion)
  );
}

/** The set of an entry. Entries made here are never changed, so the set is theirs. */
export function setOf(entry: ManagedFieldsEntry): FieldSet {
  return (entry.fieldsV1 ?? {}) as FieldSet;
}
/** The entry with another set: itself when the set is its own. */
export function withSet(entry: ManagedFieldsEntry, set: FieldSet): ManagedFieldsEntry {
  return set === entry.fieldsV1 ? entry : { ...entry, fieldsV1: set };
}

/** A new entry, with its members in upstream's order. */
export function newEntry(identity: ManagerIdentity, set: FieldSet, time: string): ManagedFieldsEntry {
  const { manager, operation, apiVersion, subresource } = identity;
  return { manager, operation, apiVersion, time, fieldsType: 'FieldsV1', fieldsV1: set, ...(subresource ? { subresource } : {}) };
}

/** Whether upstream could read the entries; one that it could not makes it ignore them all. */
export function areReadable(entries: readonly ManagedFieldsEntry[]): boolean {
  return entries.every((entry) => (entry.operation === 'Apply' || entry.operation === 'Update') && entry.fieldsType === 'FieldsV1' && entry.apiVersion);
}

/** Whether what a client sent as an entry's set is one. */
export function isFieldSet(value: JsonValue | undefined): value is FieldSet {
  return isObject(value) && Object.entries(value).every(([element, node]) => isElement(element) && isFieldSet(node));
}
function isElement(element: string): boolean {
  if (element === '.' || element.startsWith('f:')) return true;
  if (!/^[kvi]:/.test(element)) return false;
  try {
    const key = JSON.parse(element.slice(2)) as JsonValue;
    return !element.startsWith('k:') || isObject(key);
  } catch {
    return false;
  }
}

/** Entries in upstream's order: appliers first, then by time, manager, version and subresource. */
export function sortedEntries(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  return entries.length > 1 ? entries.sort(compareEntries) : entries;
}
function compareEntries(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return (
    compareTexts(a.operation, b.operation) ||
    compareTexts(a.time, b.time) ||
    compareTexts(a.manager, b.manager) ||
    compareTexts(a.apiVersion, b.apiVersion) ||
    compareTexts(a.subresource, b.subresource)
  );
}
function compareTexts(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** At most ten updaters: the oldest of each version are put together as `ancient-changes`. */
export function capUpdaters(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const updaters = entries.filter((entry) => entry.operation === 'Update');
  if (updaters.length <= MAX_UPDATE_MANAGERS) return entries;
  updaters.sort((a, b) => compareTexts(a.time, b.time) || compareTexts(a.manager, b.manager));
  const kept = new Set(entries);
  const firstOfVersion = new Map<string, ManagedFieldsEntry>();
  let count = updaters.length;
  for (const entry of updaters) {
    if (count <= MAX_UPDATE_MANAGERS) break;
    const version = entry.apiVersion ?? '';
    const first = firstOfVersion.get(version);
    if (!first) {
      firstOfVersion.set(version, entry);
      continue;
    }
    const set = union(setOf(entry), setOf(first));
    const bucket = newEntry({ manager: OLD_UPDATES_MANAGER, operation: 'Update', apiVersion: version, subresource: '' }, set, entry.time ?? '');
    kept.delete(first);
    kept.delete(entry);
    kept.add(bucket);
    firstOfVersion.set(version, bucket);
    count--;
  }
  return [...kept];
}

/** Entries without the ones that own nothing. */
export function withoutEmpty(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  return entries.filter((entry) => !isEmptySet(setOf(entry)));
}
