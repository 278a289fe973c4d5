import type { PodTemplate } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of PodTemplate. */
export const podTemplates: ResourceDefinition<PodTemplate> = defineResource<PodTemplate>({
  group: '',
  version: 'v1',
  plural: 'podtemplates',
  singular: 'podtemplate',
  kind: 'PodTemplate',
  listKind: 'PodTemplateList',
  namespaced: true,
  verbs: ALL_VERBS,
  storage: 'podtemplates',
  schema: { groupVersion: 'core/v1', struct: 'PodTemplate' },
});
