/** What a process has used so far, as the kernel counts it. */
import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

export interface ProcessUse {
  readonly name: string;
  readonly rssMb: number;
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
  /** Of its first thread alone: what a program of one event loop can be short of. */
  readonly mainCpuSeconds: number;
  readonly writtenBytes: number;
}

/** Throws when the process has ended. */
export function useOf(pid: number): ProcessUse {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const io = readFileSync(`/proc/${pid}/io`, 'utf8');
  const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return {
    name: commandLine.some((part) => /\/(src\/main\.ts|dist\/main\.js)$/.test(part)) ? 'k3ts' : (commandLine[0]?.split('/').at(-1) ?? ''),
    rssMb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024,
    cpuSeconds: cpuSecondsOf(`/proc/${pid}/stat`),
    mainCpuSeconds: cpuSecondsOf(`/proc/${pid}/task/${pid}/stat`),
    writtenBytes: Number(/^write_bytes: (\d+)/m.exec(io)?.[1] ?? 0),
  };
}

/** The k3ts process among `pids`. */
export function findServer(pids: readonly number[]): number {
  const pid = pids.find((each) => {
    try {
      return useOf(each).name === 'k3ts';
    } catch {
      return false; // It ended while we looked.
    }
  });
  if (pid === undefined) throw new Error('Cannot find the k3ts process on the machine');
  return pid;
}

function cpuSecondsOf(file: string): number {
  const stat = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND;
}
