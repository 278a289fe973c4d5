import type { Metrics } from '#lib';

/** Is told how a health check went: `endpoint` is the page that asked for it (`healthz`, `livez`, `readyz`). */
export type HealthObserver = (check: string, endpoint: string, isWell: boolean) => void;

/** Shows what health checks found; upstream serves these by themselves, at /metrics/slis. */
export function addHealthMetrics(registry: Metrics): HealthObserver {
  const latest = registry.gauge('kubernetes_healthcheck', '[STABLE] What a health check found the last time: 1 is well.', ['name', 'type']);
  const all = registry.counter('kubernetes_healthchecks_total', '[STABLE] What health checks found.', ['name', 'status', 'type']);
  return (check, endpoint, isWell) => {
    latest.labels(check, endpoint).set(isWell ? 1 : 0);
    all.labels(check, isWell ? 'success' : 'error', endpoint).add();
  };
}
