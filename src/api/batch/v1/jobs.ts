import type { Job } from '#api/types/batch-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of Job. */
export const jobs: ResourceDefinition<Job> = defineResource<Job>({
  group: 'batch',
  version: 'v1',
  plural: 'jobs',
  singular: 'job',
  kind: 'Job',
  listKind: 'JobList',
  namespaced: true,
  categories: ['all'],
  verbs: ALL_VERBS,
  storage: 'jobs',
  schema: { groupVersion: 'batch/v1', struct: 'Job' },
  subresources: {
    status: {},
  },
});
