import type { HorizontalPodAutoscaler } from '#api/types/autoscaling-v2';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../printing/columns.ts';
import { formatMetrics } from './metrics-text.ts';

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
  columns: [
    nameColumn(),
    column(
      'Reference',
      'string',
      'HorizontalPodAutoscalerSpec.scaleTargetRef',
      ({ spec }) => `${spec?.scaleTargetRef.kind ?? ''}/${spec?.scaleTargetRef.name ?? ''}`,
    ),
    column('Targets', 'string', 'HorizontalPodAutoscalerSpec.metrics', ({ spec, status }) => formatMetrics(spec?.metrics, status?.currentMetrics)),
    column('MinPods', 'string', 'HorizontalPodAutoscalerSpec.minReplicas', ({ spec }) => String(spec?.minReplicas ?? '<unset>')),
    column('MaxPods', 'string', 'HorizontalPodAutoscalerSpec.maxReplicas', ({ spec }) => spec?.maxReplicas ?? 0),
    column('Replicas', 'string', 'HorizontalPodAutoscalerStatus.currentReplicas', ({ status }) => status?.currentReplicas ?? 0),
    ageColumn(),
  ],
  subresources: {
    status: {},
  },
});
