import type { ManagedFieldsEntry } from '#api/types/meta-v1';
import { difference, type FieldSet, isEmptySet, LEAF } from './field-set.ts';
import { isEntryOf, type ManagerIdentity, setOf, sortedEntries, withSet } from './managed-fields.ts';

const SCALE_VERSION = 'autoscaling/v1';
/** In a Scale; and in all of Kubernetes' own kinds that can be scaled. */
export const REPLICAS_PATH: readonly string[] = ['spec', 'replicas'];
const REPLICAS = setAt(REPLICAS_PATH);

/** How versions of the parent see its replicas. */
export interface ReplicasPaths {
  /** The fields that lead to them in a version; undefined: it is not known, empty: it has none. */
  readonly pathIn: (apiVersion: string) => readonly string[] | undefined;
}

function setAt(path: readonly string[]): FieldSet {
  return path.reduceRight<FieldSet>((set, name) => ({ [`f:${name}`]: set }), LEAF);
}
function owns(entry: ManagedFieldsEntry, path: readonly string[]): boolean {
  let set: FieldSet | undefined = setOf(entry);
  for (const name of path) set = set?.[`f:${name}`] as FieldSet | undefined;
  return path.length > 0 && set !== undefined;
}

/** The entries of a Scale: those of its parent's that own the replicas, as if they had been written there. */
export function scaleEntriesOf(parent: readonly ManagedFieldsEntry[], { pathIn }: ReplicasPaths): ManagedFieldsEntry[] {
  return sortedEntries(
    parent.filter((entry) => owns(entry, pathIn(entry.apiVersion ?? '') ?? [])).map((entry) => ({ ...entry, apiVersion: SCALE_VERSION, fieldsV1: REPLICAS })),
  );
}

/**
 * The parent's entries after a write to its Scale: who lost the replicas there loses them here, who got them has an entry of its own, without a time.
 * As upstream has it (ScaleHandler), an updater that kept them counts as one who lost and one who got them, since its version differs.
 */
export function parentEntriesOf(
  parent: readonly ManagedFieldsEntry[],
  scale: readonly ManagedFieldsEntry[],
  { apiVersion, pathIn }: ReplicasPaths & { readonly apiVersion: string },
): ManagedFieldsEntry[] {
  const left = new Set(scale);
  const entries: ManagedFieldsEntry[] = [];
  for (const entry of parent) {
    const path = pathIn(entry.apiVersion ?? '');
    if (!path) continue;
    const kept = owns(entry, path) ? [...left].find((each) => isEntryOf(each, identityOf(entry))) : undefined;
    if (kept) left.delete(kept);
    const set = owns(entry, path) && !kept ? difference(setOf(entry), setAt(path)) : setOf(entry);
    if (!isEmptySet(set)) entries.push(withSet(entry, set));
  }
  const own = pathIn(apiVersion) ?? REPLICAS_PATH;
  for (const entry of left) {
    if (!owns(entry, REPLICAS_PATH)) continue;
    const { time: _, ...rest } = entry;
    entries.push({ ...rest, apiVersion, fieldsV1: setAt(own) });
  }
  return sortedEntries(entries);
}
function identityOf({ manager = '', operation, apiVersion = '', subresource = '' }: ManagedFieldsEntry): ManagerIdentity {
  return { manager, operation: operation as 'Apply' | 'Update', apiVersion, subresource };
}
