import { PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock, Log, Timer } from '#lib';
import type { Component } from './component.ts';

/** What is asked of the process. */
export interface ProcessMemory {
  residentBytes(): number;
  /** Collects all garbage, and gives free pages back to the system. Takes some ten milliseconds for every hundred megabytes. */
  release(): void;
  /** Calls back when garbage was collected, which shows that something is going on; returns what ends that. */
  onCollection(run: () => void): () => void;
}

export interface MemoryReleaseOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly memory?: ProcessMemory;
}

/** So long nothing must have gone on: a release is a pause. */
const QUIET_MS = 10_000;
/** Less than this is not worth it. */
const WORTH_BYTES = 16 * 1024 * 1024;

/**
 * Gives back what a burst took, once it is over: V8 collects when it allocates and glibc gives back what lies at its heap's end, so that a program that
 * has become quiet would keep everything. It sets a timer only after something went on: an idle program stays idle.
 */
export function createMemoryRelease({ clock, log, memory = systemMemory() }: MemoryReleaseOptions): Component {
  let activeAt = 0;
  let heldBytes = 0;
  let timer: Timer | undefined;
  let unsubscribe: (() => void) | undefined;

  const look = (): void => {
    timer = undefined;
    const quietMs = clock.monotonic() - activeAt;
    if (quietMs < QUIET_MS) {
      timer = clock.setTimer(QUIET_MS - quietMs, look);
      return;
    }
    const before = memory.residentBytes();
    if (before - heldBytes < WORTH_BYTES) return;
    memory.release();
    heldBytes = memory.residentBytes();
    log.debug('Gave memory back', { before, after: heldBytes });
  };
  return {
    name: 'memory-release',
    async start() {
      unsubscribe = memory.onCollection(() => {
        activeAt = clock.monotonic();
        timer ??= clock.setTimer(QUIET_MS, look);
      });
    },
    async stop() {
      unsubscribe?.();
      timer?.cancel();
    },
  };
}

interface Libc {
  malloc_trim(pad: number): number;
}

function systemMemory(): ProcessMemory {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: object) => void;
  const libc = openLibc();
  return {
    residentBytes: () => process.memoryUsage.rss(),
    release() {
      // The ordinary kind keeps the emptied pages for what comes next.
      collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
      libc?.malloc_trim(0);
    },
    onCollection(run) {
      const observer = new PerformanceObserver(run);
      observer.observe({ entryTypes: ['gc'] });
      return () => observer.disconnect();
    },
  };
}

/** Undefined where there is no glibc, or Node was started without leave to call it. */
function openLibc(): Libc | undefined {
  const ffi = process.getBuiltinModule('node:ffi' as 'node:v8') as unknown as { dlopen(file: string, types: object): { functions: Libc } } | undefined;
  try {
    return ffi?.dlopen('libc.so.6', { malloc_trim: { arguments: ['i32'], return: 'i32' } }).functions;
  } catch {
    return undefined;
  }
}
