import type { ManagedFieldsEntry } from '#api/types/meta-v1';
import type { JsonObject, JsonValue } from '../json.ts';
import { difference, type FieldSet, intersection, union } from './field-set.ts';
import { setOf } from './managed-fields.ts';
import { type ObjectVersions, whileDoing } from './object-versions.ts';
import { fieldSetOf, type Schema } from './typed.ts';
import { removeFields, withNamedFields } from './typed-merge.ts';

/** The version a request speaks, and the others. */
export interface PruneView {
  readonly schema: Schema;
  readonly apiVersion: string;
  readonly versions?: ObjectVersions | undefined;
}

interface PruneState {
  readonly last: ManagedFieldsEntry;
  readonly owners: readonly ManagedFieldsEntry[];
  readonly view: PruneView;
}

/**
 * Takes out of a merged object what its applier stated last time and states no more, unless somebody else (or the new statement, which is among `owners`)
 * owns it. Everything is judged in the versions in which it was stated.
 */
export function pruneDropped(merged: JsonObject, state: PruneState): JsonObject {
  return whileDoing('failed to prune fields', () => prune(merged, state));
}
function prune(merged: JsonObject, { last, owners, view }: PruneState): JsonObject {
  const lastVersion = last.apiVersion ?? '';
  const schema = schemaIn(view, lastVersion);
  if (schema === 'unknown') return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(schema, set);
  const stated = named(setOf(last));
  const inLast = whileDoing('failed to convert merged object to last applied version', () => converted(view, merged, view.apiVersion, lastVersion));
  const bare = asObject(removeFields(schema, inLast, stated));
  const withOwned = whileDoing('failed add back owned items', () => addBackOwned(view, { merged: inLast, pruned: bare, version: lastVersion }, owners));
  // What nobody owned before may hang below what goes: only what the manager itself stated is taken.
  const gone = intersection(difference(named(fieldSetOf(schema, inLast)), named(fieldSetOf(schema, withOwned))), stated);
  return converted(view, asObject(removeFields(schema, inLast, gone)), lastVersion, view.apiVersion);
}

interface Pruned {
  readonly merged: JsonObject;
  readonly pruned: JsonObject;
  readonly version: string;
}

/** The pruned object, in the version it was given in, with what managers own: those of its own version first, as conversion may need what they hold. */
function addBackOwned(view: PruneView, start: Pruned, owners: readonly ManagedFieldsEntry[]): JsonObject {
  const byVersion = new Map<string, FieldSet>([[start.version, {}]]);
  for (const owner of owners) byVersion.set(owner.apiVersion ?? '', union(byVersion.get(owner.apiVersion ?? '') ?? {}, setOf(owner)));
  let { merged, pruned, version } = start;
  for (const [at, owned] of byVersion) {
    const schema = schemaIn(view, at);
    if (schema === 'unknown') continue;
    const named = (set: FieldSet): FieldSet => withNamedFields(schema, set);
    const from = version;
    const convert = (what: string, object: JsonObject): JsonObject =>
      whileDoing(`failed to convert ${what} object at version ${at}`, () => converted(view, object, from, at));
    merged = convert('merged', merged);
    pruned = convert('pruned', pruned);
    version = at;
    const kept = union(named(fieldSetOf(schema, pruned)), named(owned));
    pruned = asObject(removeFields(schema, merged, difference(named(fieldSetOf(schema, merged)), kept)));
  }
  return converted(view, pruned, version, start.version);
}

function schemaIn({ schema, apiVersion, versions }: PruneView, wanted: string): Schema | 'unknown' {
  if (wanted === apiVersion) return schema;
  const found = versions?.find(wanted);
  return found ? found.schema : 'unknown';
}
function converted({ versions }: PruneView, object: JsonObject, from: string, to: string): JsonObject {
  return from === to || !versions ? object : versions.convert(object, from, to);
}
function asObject(value: JsonValue): JsonObject {
  return (value ?? {}) as JsonObject;
}
