import type { HorizontalPodAutoscaler } from '#api/types/autoscaling-v2';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../machinery/resource.ts';

/** The definition of HorizontalPodAutoscaler. */
export const horizontalPodAutoscalers: ResourceDefinition<HorizontalPodAutoscaler> = defineResource<HorizontalPodAutoscaler>({
  group: 'autoscaling',
  version: 'v2',
  plural: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  kind: 'HorizontalPodAutoscaler',
  listKind: 'HorizontalPodAutoscalerList',
  namespaced: true,
  shortNames: ['hpa'],
  categories: ['all'],
  verbs: ALL_VERBS,
  storage: 'horizontalpodautoscalers',
  schema: { groupVersion: 'autoscaling/v2', struct: 'HorizontalPodAutoscaler' },
  subresources: {
    status: {},
  },
});
