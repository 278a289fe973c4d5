import type { CronJob } from '#api/types/batch-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of CronJob. */
export const cronJobs: ResourceDefinition<CronJob> = defineResource<CronJob>({
  group: 'batch',
  version: 'v1',
  plural: 'cronjobs',
  singular: 'cronjob',
  kind: 'CronJob',
  listKind: 'CronJobList',
  namespaced: true,
  shortNames: ['cj'],
  categories: ['all'],
  verbs: ALL_VERBS,
  storage: 'cronjobs',
  schema: { groupVersion: 'batch/v1', struct: 'CronJob' },
  subresources: {
    status: {},
  },
});
