import type { ControllerRevision } from '#api/types/apps-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { validateControllerRevision, validateControllerRevisionUpdate } from './validation.ts';

/** The definition of ControllerRevision. */
export const controllerRevisions: ResourceDefinition<ControllerRevision> = defineResource<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  plural: 'controllerrevisions',
  singular: 'controllerrevision',
  kind: 'ControllerRevision',
  listKind: 'ControllerRevisionList',
  namespaced: true,
  verbs: ALL_VERBS,
  storage: 'controllerrevisions',
  schema: { groupVersion: 'apps/v1', struct: 'ControllerRevision' },
  validate: validateControllerRevision,
  validateUpdate: validateControllerRevisionUpdate,
  revalidatesMetadata: true,
  columns: [
    nameColumn(),
    column('Controller', 'string', { text: 'Controller of the object' }, controllerName),
    column('Revision', 'string', 'ControllerRevision.revision', (object) => object.revision ?? 0),
    ageColumn(),
  ],
});

/** `statefulset.apps/web`. */
function controllerName({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find((reference) => reference.controller);
  if (!owner) return '<none>';
  const slash = owner.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : owner.apiVersion.slice(0, slash);
  return `${(group ? `${owner.kind}.${group}` : owner.kind).toLowerCase()}/${owner.name}`;
}
