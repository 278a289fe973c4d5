import type { HorizontalPodAutoscaler, HPAScalingRules } from '#api/types/autoscaling-v2';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../printing/columns.ts';
import { formatMetrics } from './metrics-text.ts';
import { horizontalPodAutoscalersV1 } from './autoscalers-v1.ts';
import { isUpdate } from '../machinery/is-update.ts';
import { validateAutoscalerStatus, validateAutoscalerUpdate, validateNewAutoscaler } from './validation.ts';

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
  alsoServedAs: [horizontalPodAutoscalersV1],
  hasGeneration: false,
  validate: (object) => (isUpdate(object) ? [] : validateNewAutoscaler(object)),
  validateUpdate: validateAutoscalerUpdate,
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
  defaults: ({ spec }) => {
    spec.minReplicas ??= 1;
    if (!spec.metrics?.length) spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }];
    const { behavior } = spec;
    if (!behavior) return;
    behavior.scaleUp = { stabilizationWindowSeconds: 0, selectPolicy: 'Max', ...withoutNothing(behavior.scaleUp) };
    behavior.scaleUp.policies ??= [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ];
    behavior.scaleDown = { selectPolicy: 'Max', ...withoutNothing(behavior.scaleDown) };
    behavior.scaleDown.policies ??= [{ type: 'Percent', value: 100, periodSeconds: 15 }];
  },
  subresources: {
    status: { validateUpdate: validateAutoscalerStatus },
  },
});

function withoutNothing(rules: HPAScalingRules | undefined): HPAScalingRules {
  return Object.fromEntries(Object.entries(rules ?? {}).filter(([, value]) => value !== undefined)) as HPAScalingRules;
}
