import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from '#api/types/autoscaling-v2';

/** What an autoscaler aims at and where it is, for tables: `cpu: 12%/80%, 3/10 (avg)`; at most two metrics are named. */
export function formatMetrics(specs: readonly MetricSpec[] | undefined, statuses: readonly MetricStatus[] | undefined): string {
  if (!specs?.length) return '<none>';
  const texts = specs.map((spec, i) => formatMetric(spec, statuses?.[i]));
  return texts.length > 2 ? `${texts.slice(0, 2).join(', ')} + ${texts.length - 2} more...` : texts.join(', ');
}

function formatMetric(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External':
      return formatValue(spec.external?.target, status?.external?.current);
    case 'Object':
      return formatValue(spec.object?.target, status?.object?.current);
    case 'Pods':
      return `${averageOf(status?.pods && (status.pods.current ?? {}))}/${spec.pods?.target.averageValue ?? '0'}`;
    case 'Resource':
      return `${spec.resource?.name ?? ''}: ${formatResource(spec.resource?.target, status?.resource && (status.resource.current ?? {}))}`;
    case 'ContainerResource':
      return `${spec.containerResource?.name ?? ''}: ${formatResource(spec.containerResource?.target, status?.containerResource && (status.containerResource.current ?? {}))}`;
    default:
      return '<unknown type>';
  }
}

function formatValue(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? '<unknown>'}/${target.averageValue} (avg)`;
  return `${current ? (current.value ?? '0') : '<unknown>'}/${target?.value ?? '0'}`;
}

function formatResource(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) return `${averageOf(current)}/${target.averageValue}`;
  const percent = (value: number | undefined, otherwise: string) => (value === undefined ? otherwise : `${value}%`);
  return `${percent(current?.averageUtilization, '<unknown>')}/${percent(target?.averageUtilization, '<auto>')}`;
}

function averageOf(current: MetricValueStatus | undefined): string {
  return current ? (current.averageValue ?? '0') : '<unknown>';
}
