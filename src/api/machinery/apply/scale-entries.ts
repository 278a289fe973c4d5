import type { ManagedFieldsEntry } from '#api/types/meta-v1';
import { difference, type FieldSet, isEmptySet, LEAF } from './field-set.ts';
import { isEntryOf, type ManagerIdentity, setOf, sortedEntries, withSet } from './managed-fields.ts';

const SCALE_VERSION = 'autoscaling/v1';
/** In a Scale and in everything that can be scaled. */
const REPLICAS: FieldSet = { 'f:spec': { 'f:replicas': LEAF } };

function ownsReplicas(entry: ManagedFieldsEntry): boolean {
  const spec = setOf(entry)['f:spec'] as FieldSet | undefined;
  return spec?.['f:replicas'] !== undefined;
}

/** The entries of a Scale: those of its parent's that own the replicas, as if they had been written there. */
export function scaleEntriesOf(parent: readonly ManagedFieldsEntry[], isServed: (apiVersion: string) => boolean): ManagedFieldsEntry[] {
  return sortedEntries(
    parent
      .filter((entry) => ownsReplicas(entry) && isServed(entry.apiVersion ?? ''))
      .map((entry) => ({ ...entry, apiVersion: SCALE_VERSION, fieldsV1: REPLICAS })),
  );
}

/**
 * The parent's entries after a write to its Scale: who lost the replicas there loses them here, who got them has an entry of its own, without a time.
 * As upstream has it (ScaleHandler), an updater that kept them counts as one who lost and one who got them, since its version differs.
 */
export function parentEntriesOf(
  parent: readonly ManagedFieldsEntry[],
  scale: readonly ManagedFieldsEntry[],
  versions: { readonly apiVersion: string; isServed(apiVersion: string): boolean },
): ManagedFieldsEntry[] {
  const left = new Set(scale);
  const entries: ManagedFieldsEntry[] = [];
  for (const entry of parent) {
    if (!versions.isServed(entry.apiVersion ?? '')) continue;
    const kept = ownsReplicas(entry) ? [...left].find((each) => isEntryOf(each, identityOf(entry))) : undefined;
    if (kept) left.delete(kept);
    const set = ownsReplicas(entry) && !kept ? difference(setOf(entry), REPLICAS) : setOf(entry);
    if (!isEmptySet(set)) entries.push(withSet(entry, set));
  }
  for (const entry of left) {
    if (!ownsReplicas(entry)) continue;
    const { time: _, ...rest } = entry;
    entries.push({ ...rest, apiVersion: versions.apiVersion, fieldsV1: REPLICAS });
  }
  return sortedEntries(entries);
}
function identityOf({ manager = '', operation, apiVersion = '', subresource = '' }: ManagedFieldsEntry): ManagerIdentity {
  return { manager, operation: operation as 'Apply' | 'Update', apiVersion, subresource };
}
