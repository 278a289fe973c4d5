import type { ContainerStatus, Pod } from '#api/types/core-v1';
import type { Column } from '../../../machinery/resource.ts';
import { ageColumn, column, nameColumn, since, wideColumn } from '../../../printing/columns.ts';

/** The columns of `kubectl get pods`. */
export const podColumns: readonly Column<Pod>[] = [
  nameColumn(),
  column('Ready', 'string', { text: 'The aggregate readiness state of this pod for accepting traffic.' }, (pod) => {
    const { ready, total } = summarize(pod);
    return `${ready}/${total}`;
  }),
  column('Status', 'string', { text: 'The aggregate status of the containers in this pod.' }, (pod) => summarize(pod).reason),
  column(
    'Restarts',
    'string',
    { text: 'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.' },
    (pod, nowMs) => {
      const { restarts, lastRestart } = summarize(pod);
      return restarts > 0 && lastRestart ? `${restarts} (${since(lastRestart, nowMs)} ago)` : String(restarts);
    },
  ),
  ageColumn(),
  wideColumn('IP', 'string', 'PodStatus.podIP', (pod) => pod.status?.podIPs?.[0]?.ip || '<none>'),
  wideColumn('Node', 'string', 'PodSpec.nodeName', (pod) => pod.spec.nodeName || '<none>'),
  wideColumn('Nominated Node', 'string', 'PodStatus.nominatedNodeName', (pod) => pod.status?.nominatedNodeName || '<none>'),
  wideColumn('Readiness Gates', 'string', 'PodSpec.readinessGates', readinessGates),
];

/** What the first columns say of a Pod. */
interface PodSummary {
  ready: number;
  total: number;
  reason: string;
  restarts: number;
  /** When a container last ended before a restart. */
  lastRestart: string;
}

// Three columns in a row ask for the same Pod; objects are shared and never change.
let latest: { pod: Pod; summary: PodSummary } | undefined;
function summarize(pod: Pod): PodSummary {
  if (latest?.pod !== pod) latest = { pod, summary: summaryOf(pod) };
  return latest.summary;
}

function summaryOf(pod: Pod): PodSummary {
  const { spec, status } = pod;
  const sidecars = new Set((spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always').map((container) => container.name));
  const summary: PodSummary = {
    ready: 0,
    total: spec.containers.length + sidecars.size,
    reason: status?.reason || (status?.phase ?? ''),
    restarts: 0,
    lastRestart: '',
  };
  if (status?.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated')) summary.reason = 'SchedulingGated';

  const isInitializing = addInitContainers(summary, pod, sidecars);
  if (!isInitializing || hasCondition(pod, 'Initialized')) addContainers(summary, pod, sidecars);

  if (pod.metadata.deletionTimestamp) {
    if (status?.reason === 'NodeLost') summary.reason = 'Unknown';
    else if (status?.phase !== 'Succeeded' && status?.phase !== 'Failed') summary.reason = 'Terminating';
  }
  return summary;
}

/** Counts init containers up to the first that is not done; returns whether there is one. */
function addInitContainers(summary: PodSummary, pod: Pod, sidecars: ReadonlySet<string>): boolean {
  for (const [i, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    addRestarts(summary, status);
    const { terminated, waiting } = status.state ?? {};
    if (terminated && !terminated.exitCode) continue;
    if (sidecars.has(status.name) && status.started) {
      if (status.ready) summary.ready++;
      continue;
    }
    if (terminated) summary.reason = `Init:${terminated.reason || exitText(terminated)}`;
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') summary.reason = `Init:${waiting.reason}`;
    else summary.reason = `Init:${i}/${pod.spec.initContainers?.length ?? 0}`;
    return true;
  }
  return false;
}

/** Counts containers; from then on restarts of init containers count only where those keep running. */
function addContainers(summary: PodSummary, pod: Pod, sidecars: ReadonlySet<string>): void {
  summary.restarts = 0;
  summary.lastRestart = '';
  for (const status of pod.status?.initContainerStatuses ?? []) if (sidecars.has(status.name)) addRestarts(summary, status);
  let hasRunning = false;
  // The first container's reason wins, hence backwards.
  for (const status of (pod.status?.containerStatuses ?? []).toReversed()) {
    addRestarts(summary, status);
    const { waiting, terminated, running } = status.state ?? {};
    if (waiting?.reason) summary.reason = waiting.reason;
    else if (terminated) summary.reason = terminated.reason || exitText(terminated);
    else if (status.ready && running) {
      hasRunning = true;
      summary.ready++;
    }
  }
  if (summary.reason === 'Completed' && hasRunning) summary.reason = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
}

function addRestarts(summary: PodSummary, status: ContainerStatus): void {
  summary.restarts += status.restartCount ?? 0;
  const finishedAt = status.lastState?.terminated?.finishedAt;
  // RFC 3339 in UTC sorts as text.
  if (finishedAt && finishedAt > summary.lastRestart) summary.lastRestart = finishedAt;
}

function exitText({ signal, exitCode }: { signal?: number | undefined; exitCode: number }): string {
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

function hasCondition(pod: Pod, type: string): boolean {
  return pod.status?.conditions?.find((condition) => condition.type === type)?.status === 'True';
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec.readinessGates;
  if (!gates?.length) return '<none>';
  return `${gates.filter(({ conditionType }) => hasCondition(pod, conditionType)).length}/${gates.length}`;
}
