/** RSS, CPU and bytes written of each of our processes, during 60 idle seconds of a node with a few Pods. */
import type { Machine } from '#test/machine/index.ts';
import type { Figures } from './figures.ts';
import { IMAGE, onMachine } from './machine.ts';
import { type ProcessUse, useOf } from './process-use.ts';

const IDLE_SECONDS = 60;
const SETTLE_SECONDS = 15;
function usesOf(machine: Machine): Map<number, ProcessUse> {
  const uses = new Map<number, ProcessUse>();
  for (const pid of machine.processes()) {
    try {
      uses.set(pid, useOf(pid));
    } catch {
      // It ended while we looked.
    }
  }
  return uses;
}

const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

export function measureIdle(): Promise<Figures> {
  return onMachine(async (node, machine) => {
    await node.start();
    await node.waitReady();
    await node.waitNodeReady();
    await node.kubectl('create', 'deployment', 'idle', '--replicas=3', `--image=${IMAGE}`, '--', 'sleep', '86400');
    await node.kubectl('rollout', 'status', 'deployment/idle', '--timeout=60s');
    await pause(SETTLE_SECONDS);
    const before = usesOf(machine);
    await pause(IDLE_SECONDS);
    const after = usesOf(machine);
    const sums: Record<string, { rssMb: number; cpuPercent: number; writtenMb: number }> = {};
    for (const [pid, use] of after) {
      const start = before.get(pid);
      const sum = (sums[use.name] ??= { rssMb: 0, cpuPercent: 0, writtenMb: 0 });
      sum.rssMb += use.rssMb;
      sum.cpuPercent += ((use.cpuSeconds - (start?.cpuSeconds ?? 0)) / IDLE_SECONDS) * 100;
      sum.writtenMb += ((use.writtenBytes - (start?.writtenBytes ?? 0)) / 1e6 / IDLE_SECONDS) * 3600;
    }
    for (const [name, sum] of Object.entries(sums))
      console.log(`  ${name.padEnd(28)} ${sum.rssMb.toFixed(1)} MB, ${sum.cpuPercent.toFixed(2)} % of a core, ${sum.writtenMb.toFixed(2)} MB written an hour`);
    await node.stop();
    return {
      'idle: RSS of all our Node processes': sums['k3ts']?.rssMb ?? Number.NaN,
      'idle: CPU of our Node processes': sums['k3ts']?.cpuPercent ?? Number.NaN,
      'idle: written per hour': sums['k3ts']?.writtenMb ?? Number.NaN,
      'idle: RSS of containerd': sums['containerd']?.rssMb ?? Number.NaN,
      'idle: CPU of containerd': sums['containerd']?.cpuPercent ?? Number.NaN,
    };
  });
}
