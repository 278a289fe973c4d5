/** The entries of metadata.managedFields: who is one manager, how entries are kept, ordered and capped. */
import type { ManagedFieldsEntry } from '#api/types/meta-v1';
import type { JsonValue } from '../json.ts';
import { isObject } from '../json-value.ts';
import { type FieldSet, isEmptySet, LEAF, sortedSet, union } from './field-set.ts';

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

/** The manager as upstream's maps know it, which is what it sorts managers by. */
export function identifierOf({ manager, operation, apiVersion, subresource }: ManagedFieldsEntry): string {
  const version = operation === 'Apply' ? undefined : apiVersion || undefined;
  return JSON.stringify({ manager: manager || undefined, operation, apiVersion: version, subresource: subresource || undefined });
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
export function newEntry(identity: ManagerIdentity, set: FieldSet, time: string | undefined): ManagedFieldsEntry {
  const { manager, operation, apiVersion, subresource } = identity;
  const entry: ManagedFieldsEntry = { manager, operation, apiVersion };
  if (time !== undefined) entry.time = time;
  entry.fieldsType = 'FieldsV1';
  entry.fieldsV1 = set;
  if (subresource) entry.subresource = subresource;
  return entry;
}

/** Entries that a client sent or that are stored, in the form they are kept in; undefined where upstream could not read one of them. */
export function readEntries(entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] | undefined {
  // Of two entries of one manager the last counts.
  const read = new Map<string, ManagedFieldsEntry>();
  for (const entry of entries) {
    if (!isReadable(entry)) return undefined;
    const set = readSet(entry.fieldsV1 as JsonValue | undefined);
    if (set === undefined) return undefined;
    const { manager = '', operation, apiVersion, subresource = '' } = entry;
    const key = JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource]);
    read.delete(key);
    read.set(key, withSet(entry, set));
  }
  return [...read.values()];
}
function isReadable({ operation, fieldsType, apiVersion }: ManagedFieldsEntry): boolean {
  return (operation === 'Apply' || operation === 'Update') && fieldsType === 'FieldsV1' && Boolean(apiVersion);
}
/** Whether all entries name an operation, a form and a version. */
export function areReadable(entries: readonly ManagedFieldsEntry[]): boolean {
  return entries.every(isReadable);
}
/** Whether the client asks to forget all owners: one entry with nothing in it (or, before decoding, an empty list). */
export function asksToForget(entries: readonly ManagedFieldsEntry[]): boolean {
  return entries.length === 0 || (entries.length === 1 && Object.values(entries[0] as object).every((value) => value === undefined));
}

/** A set from a client in its canonical form: the elements that are known, in order. Undefined where it is none. */
export function readSet(value: JsonValue | undefined): FieldSet | undefined {
  if (value === undefined || value === null) return LEAF;
  if (!isObject(value)) return undefined;
  const set: FieldSet = {};
  for (const [element, member] of Object.entries(value)) {
    const known = element === '.' ? element : readElement(element);
    if (known === undefined) return undefined;
    if (known === 'unknown') continue;
    const node = element === '.' ? LEAF : readSet(member);
    if (node === undefined) return undefined;
    set[known] = node;
  }
  const keys = Object.keys(set);
  return keys.length === 0 || (keys.length === 1 && keys[0] === '.') ? LEAF : sortedSet(set);
}
/** The element in its canonical form; `unknown` for those of the future, which are left out, undefined for what is none. */
function readElement(element: string): string | undefined {
  if (element[1] !== ':') return undefined;
  if (element.startsWith('f:')) return element;
  if (!/^[kvi]/.test(element)) return 'unknown';
  try {
    const key = JSON.parse(element.slice(2)) as JsonValue;
    if (element.startsWith('i:')) return Number.isInteger(key) ? element : undefined;
    if (element.startsWith('v:')) return `v:${JSON.stringify(key)}`;
    return isObject(key) ? `k:${JSON.stringify(sortedSet(key))}` : undefined;
  } catch {
    return undefined;
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
  updaters.sort((a, b) => compareTexts(a.time, b.time) || compareTexts(identifierOf(a), identifierOf(b)));
  const kept = new Set(entries);
  const firstOfVersion = new Map<string, ManagedFieldsEntry>();
  let excess = updaters.length - MAX_UPDATE_MANAGERS;
  for (const entry of updaters) {
    if (excess === 0) break;
    const apiVersion = entry.apiVersion ?? '';
    const first = firstOfVersion.get(apiVersion);
    if (first === undefined) {
      firstOfVersion.set(apiVersion, entry);
      continue;
    }
    const identity: ManagerIdentity = { manager: OLD_UPDATES_MANAGER, operation: 'Update', apiVersion, subresource: '' };
    // An earlier bucket takes the entry in; without one the version's oldest entry becomes it.
    const bucket = [...kept].find((each) => isEntryOf(each, identity)) ?? first;
    kept.delete(bucket);
    kept.delete(entry);
    kept.add(newEntry(identity, union(setOf(entry), setOf(bucket)), entry.time));
    excess--;
  }
  return [...kept];
}

/** Entries without the ones that own nothing. */
export function withoutEmpty(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  return entries.filter((entry) => !isEmptySet(setOf(entry)));
}
