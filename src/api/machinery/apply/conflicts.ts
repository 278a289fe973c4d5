import type { ManagedFieldsEntry, StatusCause } from '#api/types/meta-v1';
import { StatusError } from '../status-error.ts';
import { printPath } from './field-path.ts';
import { type FieldSet, intersection, isEmptySet, pathsOf } from './field-set.ts';
import { identifierOf, setOf } from './managed-fields.ts';
import type { Changes } from './object-versions.ts';

/** What an applier wants to change and another manager owns. */
export interface Conflict {
  readonly entry: ManagedFieldsEntry;
  readonly set: FieldSet;
}

/** The conflicts of a change with the owners. */
export function conflictsOf(entries: readonly ManagedFieldsEntry[], changes: Changes): Conflict[] {
  return entries.map((entry) => ({ entry, set: intersection(setOf(entry), changes.for(entry)?.changed ?? {}) })).filter(({ set }) => !isEmptySet(set));
}

/** 409 that names every field and its owner. */
export function conflictError(conflicts: readonly Conflict[]): StatusError {
  const groups = conflicts
    .map(({ entry, set }) => ({ id: identifierOf(entry), manager: printManager(entry), paths: [...pathsOf(set)].map(printPath) }))
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const causes: StatusCause[] = groups.flatMap(({ manager, paths }) =>
    paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${manager}`, field })),
  );
  const [only] = causes;
  const message =
    causes.length === 1 && only
      ? `Apply failed with 1 conflict: ${only.message}: ${only.field}`
      : `Apply failed with ${causes.length} conflicts: ${groups.map(({ manager, paths }) => `conflicts with ${manager}:\n- ${paths.join('\n- ')}`).join('\n')}`;
  return new StatusError('Conflict', message, { details: { causes } });
}

/** `"kubectl" with subresource "status" using apps/v1`. */
function printManager({ manager, subresource, operation, apiVersion }: ManagedFieldsEntry): string {
  const name = `${JSON.stringify(manager ?? '')}${subresource ? ` with subresource ${JSON.stringify(subresource)}` : ''}`;
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
