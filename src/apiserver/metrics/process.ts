import { readdirSync, readFileSync } from 'node:fs';
import { cpuUsage, memoryUsage } from 'node:process';
import type { Clock, Metrics } from '#lib';
import { version } from '../version.ts';

/** Feature gates of upstream that can be switched, or could until lately, and whose behaviour is this server's; an empty stage: generally available. */
const FEATURES: readonly (readonly [name: string, stage: string])[] = [
  ['AuthorizeNodeWithSelectors', ''],
  ['ConsistentListFromCache', ''],
  ['ConstrainedImpersonation', 'BETA'],
  ['CRDValidationRatcheting', ''],
  ['MultiCIDRServiceAllocator', ''],
  ['StreamingCollectionEncodingToJSON', ''],
  ['StreamingCollectionEncodingToProtobuf', ''],
  ['WatchList', 'BETA'],
];

/** What the process is and uses. */
export function addProcessMetrics(registry: Metrics, clock: Clock): void {
  addIdentity(registry);
  const cpu = registry.counter('process_cpu_seconds_total', 'User and system time spent, in seconds.').labels();
  const resident = registry.gauge('process_resident_memory_bytes', 'Resident memory in bytes.').labels();
  const virtual = registry.gauge('process_virtual_memory_bytes', 'Virtual memory in bytes.').labels();
  const heap = registry.gauge('nodejs_heap_size_used_bytes', 'Heap in use, in bytes.').labels();
  const open = registry.gauge('process_open_fds', 'Open file descriptors.').labels();
  const most = registry.gauge('process_max_fds', 'How many file descriptors there may be.').labels();
  const started = registry.gauge('process_start_time_seconds', 'When the process started, in seconds since the epoch.').labels();
  started.set(Math.round(clock.now() / 1000 - process.uptime()));
  let counted = 0;
  registry.collect(() => {
    const { user, system } = cpuUsage();
    const seconds = (user + system) / 1e6;
    cpu.add(seconds - counted);
    counted = seconds;
    const { rss, heapUsed } = memoryUsage();
    resident.set(rss);
    heap.set(heapUsed);
    virtual.set(virtualBytes());
    open.set(readdirSync('/proc/self/fd').length);
    most.set(maxDescriptors());
  });
}

function addIdentity(registry: Metrics): void {
  const labels = ['build_date', 'compiler', 'git_commit', 'git_tree_state', 'git_version', 'go_version', 'major', 'minor', 'platform'];
  const { buildDate, compiler, gitCommit, gitTreeState, gitVersion, goVersion, major, minor, platform } = version;
  registry
    .gauge('kubernetes_build_info', '[ALPHA] Always 1; the labels say what this is.', labels)
    .labels(buildDate, compiler, gitCommit, gitTreeState, gitVersion, goVersion, major, minor, platform)
    .set(1);
  const features = registry.gauge('kubernetes_feature_enabled', '[BETA] 1 for features that are on, by stage.', ['name', 'stage']);
  for (const [name, stage] of FEATURES) features.labels(name, stage).set(1);
}

function virtualBytes(): number {
  // The first figure is the size in pages.
  return Number(readFileSync('/proc/self/statm', 'latin1').split(' ')[0]) * 4096;
}

function maxDescriptors(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1] ?? 0);
}
