import type { ControllerRevision } from '#api/types/apps-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

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
});
