/** Use of the node, its pods and containers, asked now: CRI for containers, cgroups and /proc for the rest. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeletContext } from '../context.ts';
import type { ContainerStats as CriStats, CpuUsage, FilesystemUsage, MemoryUsage } from '../cri/messages.ts';
import { LABEL } from '../pod-worker/labels.ts';
import { currentSandbox, newest } from '../pod-worker/observed.ts';
import type { PodWorkers } from '../pod-workers.ts';
import type { ContainerStats, FilesystemSample, NetworkSample, PodStats, StatsSnapshot, UsageSample } from '../streaming/contract.ts';
import { readFilesystem } from './machine-info.ts';

export async function takeStats(context: KubeletContext, workers: PodWorkers): Promise<StatsSnapshot> {
  const nowMs = context.clock.now();
  const { stats } = await context.cri.call('ListContainerStats', {}, { timeoutMs: 30_000 });
  const byPod = Map.groupBy(stats, (item) => item.attributes?.labels[LABEL.podUid] ?? '');
  const pods: PodStats[] = [];
  for (const worker of workers.all()) {
    const { namespace = '', name = '', uid = '' } = worker.pod.metadata;
    const sandbox = currentSandbox(worker.view.current);
    if (!sandbox?.isReady) continue;
    const containers = (byPod.get(uid) ?? []).flatMap((item) => {
      const containerName = item.attributes?.labels[LABEL.containerName] ?? '';
      const running = newest(worker.view.current, containerName);
      return running?.state === 'running' ? [containerStats(item, containerName, running.startedAtMs, nowMs)] : [];
    });
    pods.push({ namespace, name, uid, startTimeMs: sandbox.createdAtMs, containers });
  }
  return { node: nodeStats(context, nowMs), pods };
}

function containerStats(item: CriStats, name: string, startTimeMs: number, nowMs: number): ContainerStats {
  return {
    name,
    startTimeMs,
    usage: usageOf(item.cpu, item.memory, nowMs),
    ...(item.writableLayer ? { rootfs: filesystemOf(item.writableLayer, nowMs) } : {}),
  };
}

function usageOf(cpu: CpuUsage | undefined, memory: MemoryUsage | undefined, nowMs: number): UsageSample {
  return {
    timestampMs: cpu?.timestamp ? cpu.timestamp / 1e6 : nowMs,
    cpuUsageNanoSeconds: cpu?.usageCoreNanoSeconds?.value ?? 0,
    memoryWorkingSetBytes: memory?.workingSetBytes?.value ?? 0,
    memoryUsageBytes: memory?.usageBytes?.value,
    memoryRssBytes: memory?.rssBytes?.value,
    memoryAvailableBytes: memory?.availableBytes?.value,
    pageFaults: memory?.pageFaults?.value,
    majorPageFaults: memory?.majorPageFaults?.value,
  };
}

function filesystemOf(usage: FilesystemUsage, nowMs: number): FilesystemSample {
  return { timestampMs: usage.timestamp ? usage.timestamp / 1e6 : nowMs, usedBytes: usage.usedBytes?.value ?? 0, inodesUsed: usage.inodesUsed?.value };
}

function nodeStats(context: KubeletContext, nowMs: number): StatsSnapshot['node'] {
  const meminfo = readFileSync('/proc/meminfo', 'utf8');
  const amount = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(meminfo)?.[1] ?? 0) * 1024;
  const used = amount('MemTotal') - amount('MemAvailable');
  const stat = readFileSync('/proc/stat', 'utf8');
  const ticks = (/^cpu\s+(.*)$/m.exec(stat)?.[1] ?? '').split(' ').map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = ticks;
  const bootSeconds = Number(/^btime (\d+)$/m.exec(stat)?.[1] ?? 0);
  const network = networkSample(nowMs);
  return {
    nodeName: context.nodeName,
    startTimeMs: bootSeconds * 1000,
    // The kernel counts in hundredths of a second.
    usage: {
      timestampMs: nowMs,
      cpuUsageNanoSeconds: (user + nice + system + irq + softirq + steal) * 1e7,
      memoryWorkingSetBytes: used,
      memoryUsageBytes: amount('MemTotal') - amount('MemFree'),
      memoryAvailableBytes: amount('MemAvailable'),
    },
    ...(network ? { network } : {}),
    filesystem: diskSample(context.rootDir, nowMs),
    imageFilesystem: diskSample(context.rootDir, nowMs),
  };
}

function diskSample(path: string, timestampMs: number): FilesystemSample {
  const disk = readFilesystem(path);
  return {
    timestampMs,
    usedBytes: disk.capacityBytes - disk.availableBytes,
    availableBytes: disk.availableBytes,
    capacityBytes: disk.capacityBytes,
    inodes: disk.inodes,
    inodesFree: disk.inodesFree,
    inodesUsed: disk.inodes - disk.inodesFree,
  };
}

/** The interface of the default route. */
function networkSample(timestampMs: number): NetworkSample | undefined {
  const route = readFileSync('/proc/net/route', 'utf8')
    .split('\n')
    .find((line) => line.split('\t')[1] === '00000000');
  const name = route?.split('\t')[0];
  if (!name) return undefined;
  const counter = (file: string) => Number(readFileSync(join('/sys/class/net', name, 'statistics', file), 'utf8'));
  try {
    return {
      timestampMs,
      interface: name,
      rxBytes: counter('rx_bytes'),
      rxErrors: counter('rx_errors'),
      txBytes: counter('tx_bytes'),
      txErrors: counter('tx_errors'),
    };
  } catch {
    return undefined;
  }
}
