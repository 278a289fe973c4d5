/** `/stats/summary` and `/metrics/resource` from samples. Shapes follow k8s.io/kubelet pkg/apis/stats/v1alpha1; pure but for remembered samples. */
import { rfc3339 } from '#lib';
import type { ContainerStats, FilesystemSample, NetworkSample, NodeStats, PodStats, StatsSnapshot, UsageSample } from './contract.ts';

/** Samples closer together than this say nothing about the rate. */
const MIN_INTERVAL_MS = 500;

/** Remembers the last CPU samples, so that the use per second can be told from counters. */
export class CpuRates {
  #samples = new Map<string, { sample: UsageSample; nanoCores: number | undefined }>();

  /** The CPU use since the sample before, in billionths of a core; undefined while there is only one. */
  nanoCores(id: string, sample: UsageSample): number | undefined {
    const last = this.#samples.get(id);
    const elapsedMs = last ? sample.timestampMs - last.sample.timestampMs : 0;
    if (last && elapsedMs < MIN_INTERVAL_MS) return last.nanoCores;
    const used = last ? sample.cpuUsageNanoSeconds - last.sample.cpuUsageNanoSeconds : -1;
    const nanoCores = used >= 0 ? Math.round((used * 1000) / elapsedMs) : undefined;
    this.#samples.set(id, { sample, nanoCores });
    return nanoCores;
  }
  /** Forgets what is not in `ids`. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#samples.keys()) if (!ids.has(id)) this.#samples.delete(id);
  }
}

/** The body of `/stats/summary`. */
export function summaryOf({ node, pods }: StatsSnapshot, rates: CpuRates): object {
  const ids = new Set(['node']);
  const podBodies = pods.map((pod) => {
    ids.add(pod.uid);
    for (const container of pod.containers) ids.add(`${pod.uid}/${container.name}`);
    return podSummary(pod, rates);
  });
  rates.keepOnly(ids);
  return { node: nodeSummary(node, rates), pods: podBodies };
}

function nodeSummary(node: NodeStats, rates: CpuRates): object {
  return {
    nodeName: node.nodeName,
    startTime: rfc3339(node.startTimeMs),
    ...(node.usage ? usage(node.usage, rates.nanoCores('node', node.usage)) : {}),
    ...(node.network ? { network: network(node.network) } : {}),
    ...(node.filesystem ? { fs: filesystem(node.filesystem) } : {}),
    ...(node.imageFilesystem ? { runtime: { imageFs: filesystem(node.imageFilesystem) } } : {}),
  };
}

function podSummary(pod: PodStats, rates: CpuRates): object {
  const total = pod.usage ?? sum(pod.containers);
  return {
    podRef: { name: pod.name, namespace: pod.namespace, uid: pod.uid },
    startTime: rfc3339(pod.startTimeMs),
    containers: pod.containers.map((container) => containerSummary(pod, container, rates)),
    ...(total ? usage(total, rates.nanoCores(pod.uid, total)) : {}),
    ...(pod.network ? { network: network(pod.network) } : {}),
    ...(pod.volumes?.length
      ? { volume: pod.volumes.map(({ name, claim, ...sample }) => ({ ...filesystem(sample), name, ...(claim ? { pvcRef: claim } : {}) })) }
      : {}),
  };
}

function containerSummary(pod: PodStats, container: ContainerStats, rates: CpuRates): object {
  return {
    name: container.name,
    startTime: rfc3339(container.startTimeMs),
    ...usage(container.usage, rates.nanoCores(`${pod.uid}/${container.name}`, container.usage)),
    ...(container.rootfs ? { rootfs: filesystem(container.rootfs) } : {}),
    ...(container.logs ? { logs: filesystem(container.logs) } : {}),
  };
}

function usage(sample: UsageSample, nanoCores: number | undefined): object {
  const time = rfc3339(sample.timestampMs);
  return {
    cpu: withoutAbsent({ time, usageNanoCores: nanoCores, usageCoreNanoSeconds: sample.cpuUsageNanoSeconds }),
    memory: withoutAbsent({
      time,
      availableBytes: sample.memoryAvailableBytes,
      usageBytes: sample.memoryUsageBytes,
      workingSetBytes: sample.memoryWorkingSetBytes,
      rssBytes: sample.memoryRssBytes,
      pageFaults: sample.pageFaults,
      majorPageFaults: sample.majorPageFaults,
    }),
  };
}
function filesystem(sample: FilesystemSample): object {
  const { availableBytes, capacityBytes, usedBytes, inodesFree, inodes, inodesUsed } = sample;
  return withoutAbsent({ time: rfc3339(sample.timestampMs), availableBytes, capacityBytes, usedBytes, inodesFree, inodes, inodesUsed });
}
function network(sample: NetworkSample): object {
  const counters = { name: sample.interface, rxBytes: sample.rxBytes, rxErrors: sample.rxErrors, txBytes: sample.txBytes, txErrors: sample.txErrors };
  return { time: rfc3339(sample.timestampMs), ...counters, interfaces: [counters] };
}
function sum(containers: readonly ContainerStats[]): UsageSample | undefined {
  if (containers.length === 0) return undefined;
  const total = (pick: (sample: UsageSample) => number) => containers.reduce((all, { usage: sample }) => all + pick(sample), 0);
  const totalIfKnown = (pick: (sample: UsageSample) => number | undefined) =>
    containers.some(({ usage: sample }) => pick(sample) !== undefined) ? total((sample) => pick(sample) ?? 0) : undefined;
  return {
    timestampMs: Math.max(...containers.map(({ usage: sample }) => sample.timestampMs)),
    cpuUsageNanoSeconds: total((sample) => sample.cpuUsageNanoSeconds),
    memoryWorkingSetBytes: total((sample) => sample.memoryWorkingSetBytes),
    memoryUsageBytes: totalIfKnown((sample) => sample.memoryUsageBytes),
    memoryRssBytes: totalIfKnown((sample) => sample.memoryRssBytes),
  };
}
function withoutAbsent(fields: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The body of `/metrics/resource` in Prometheus' text form. */
export function resourceMetricsOf({ node, pods }: StatsSnapshot): string {
  const containers = pods.flatMap((pod) =>
    pod.containers.map(({ name, usage, startTimeMs }) => ({
      usage,
      startTimeMs,
      labels: `{container="${name}",namespace="${pod.namespace}",pod="${pod.name}"}`,
    })),
  );
  const nodes = node.usage ? [{ usage: node.usage, labels: '' }] : [];
  const podTotals = pods.flatMap((pod) => {
    const usage = pod.usage ?? sum(pod.containers);
    return usage ? [{ usage, labels: `{namespace="${pod.namespace}",pod="${pod.name}"}` }] : [];
  });
  const started = containers.map(({ labels, startTimeMs }) => `container_start_time_seconds${labels} ${startTimeMs / 1000}`);
  return `${[
    ...cpuMetric('container', containers),
    ...memoryMetric('container', containers),
    ...metric('container_start_time_seconds', 'Start time of the container since unix epoch in seconds', 'gauge', started),
    ...cpuMetric('node', nodes),
    ...memoryMetric('node', nodes),
    ...cpuMetric('pod', podTotals),
    ...memoryMetric('pod', podTotals),
    ...metric('resource_scrape_error', '1 if there was an error while getting container metrics, 0 otherwise', 'gauge', ['resource_scrape_error 0']),
  ].join('\n')}\n`;
}

interface LabelledUsage {
  readonly usage: UsageSample;
  readonly labels: string;
}
function cpuMetric(of: string, samples: readonly LabelledUsage[]): string[] {
  const name = `${of}_cpu_usage_seconds_total`;
  const lines = samples.map(({ usage, labels }) => `${name}${labels} ${usage.cpuUsageNanoSeconds / 1e9} ${Math.round(usage.timestampMs)}`);
  return metric(name, `Cumulative cpu time consumed by the ${of} in core-seconds`, 'counter', lines);
}
function memoryMetric(of: string, samples: readonly LabelledUsage[]): string[] {
  const name = `${of}_memory_working_set_bytes`;
  const lines = samples.map(({ usage, labels }) => `${name}${labels} ${usage.memoryWorkingSetBytes} ${Math.round(usage.timestampMs)}`);
  return metric(name, `Current working set of the ${of} in bytes`, 'gauge', lines);
}
function metric(name: string, help: string, type: 'counter' | 'gauge', lines: readonly string[]): string[] {
  return lines.length > 0 ? [`# HELP ${name} [STABLE] ${help}`, `# TYPE ${name} ${type}`, ...lines] : [];
}
