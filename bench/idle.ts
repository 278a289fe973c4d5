/** RSS, CPU and bytes written of each of our processes, during 60 idle seconds of a node with a few Pods. */
import { readFileSync } from 'node:fs';
import type { Machine } from '#test/machine/index.ts';
import type { Figures } from './figures.ts';
import { IMAGE, onMachine } from './machine.ts';

const IDLE_SECONDS = 60;
const SETTLE_SECONDS = 15;
const TICKS_PER_SECOND = 100;

interface ProcessUse {
  readonly name: string;
  readonly rssMb: number;
  readonly cpuSeconds: number;
  readonly writtenBytes: number;
}

function useOf(pid: number): ProcessUse {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const io = readFileSync(`/proc/${pid}/io`, 'utf8');
  const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return {
    name: commandLine.some((part) => /\/(src\/main\.ts|dist\/main\.js)$/.test(part)) ? 'k3ts' : (commandLine[0]?.split('/').at(-1) ?? ''),
    rssMb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024,
    cpuSeconds: (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND,
    writtenBytes: Number(/^write_bytes: (\d+)/m.exec(io)?.[1] ?? 0),
  };
}

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
