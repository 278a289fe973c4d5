import { createReadStream, createWriteStream, type FSWatcher, watch } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Clock, createLog, type Log, systemClock, type Timer } from '#lib';
import type { KubeletBackend } from '../streaming/contract.ts';

export interface LogRotationOptions {
  readonly backend: Pick<KubeletBackend, 'pods' | 'findContainer' | 'reopenLog'>;
  /** Where each pod has a folder for its logs; it must exist. Without pods nothing is done until a folder appears there. */
  readonly podLogsDir: string;
  /** containerLogMaxSize; default 10 Mi. */
  readonly maxSizeBytes?: number | undefined;
  /** containerLogMaxFiles, the current one included; default 5. */
  readonly maxFiles?: number | undefined;
  /** containerLogMonitorInterval; default 10 s. */
  readonly intervalMs?: number | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
}

/** Keeps the logs of running containers small. */
export interface LogRotation {
  readonly name: string;
  start(): Promise<void>;
  /** Resolves when a rotation that is under way has ended. */
  stop(): Promise<void>;
  /** Looks at all logs now. */
  rotateAll(): Promise<void>;
}

const DEFAULT_MAX_SIZE = 10 << 20;
const DEFAULT_MAX_FILES = 5;
const DEFAULT_INTERVAL_MS = 10_000;

/**
 * Renames a log that has grown too large to `<log>.<time>` and lets the runtime open a new one; older ones are compressed, the oldest
 * removed. Follows k8s.io/kubernetes pkg/kubelet/logs/container_log_manager.go. Sizes are looked at from time to time, as upstream does,
 * while there are pods: to be told of every write would cost more than it brings.
 */
export function createLogRotation(options: LogRotationOptions): LogRotation {
  return new SizeRotation(options);
}

class SizeRotation implements LogRotation {
  readonly name = 'log-rotation';
  readonly #options: LogRotationOptions;
  readonly #log: Log;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #watcher: FSWatcher | undefined;
  #running: Promise<void> | undefined;
  #isStopped = true;

  constructor(options: LogRotationOptions) {
    this.#options = options;
    this.#log = options.log ?? createLog('kubelet');
    this.#clock = options.clock ?? systemClock;
  }

  start(): Promise<void> {
    this.#isStopped = false;
    this.#watcher = watch(this.#options.podLogsDir, () => this.#schedule());
    this.#watcher.on('error', (error) => this.#log.warning('Cannot watch for new pod logs', { err: error }));
    this.#watcher.unref();
    this.#schedule();
    return Promise.resolve();
  }
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#watcher?.close();
    await this.#running;
  }

  async rotateAll(): Promise<void> {
    const { backend, maxSizeBytes = DEFAULT_MAX_SIZE } = this.#options;
    for (const { containerId, path } of runningLogs(backend)) {
      if (this.#isStopped) return;
      try {
        const { size } = await stat(path);
        if (size >= maxSizeBytes) await this.#rotate(containerId, path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue; // its container has just gone
        this.#log.warning('Cannot rotate a container log', { containerId, path, err: error });
      }
    }
  }

  /** The next look; none while there are no pods, since an idle node should sleep: the first pod's folder brings the looks back. */
  #schedule(): void {
    if (this.#isStopped || this.#timer || this.#options.backend.pods().length === 0) return;
    this.#timer = this.#clock.setTimer(this.#options.intervalMs ?? DEFAULT_INTERVAL_MS, () => {
      this.#running = this.rotateAll().finally(() => {
        this.#timer = undefined;
        this.#schedule();
      });
    });
  }

  async #rotate(containerId: string, path: string): Promise<void> {
    await this.#tidy(path);
    const rotated = `${path}.${timestamp(this.#clock.now())}`;
    await rename(path, rotated);
    try {
      await this.#options.backend.reopenLog(containerId);
    } catch (error) {
      // The runtime still writes to the renamed file: give it its name back.
      await rename(rotated, path);
      throw error;
    }
  }

  /** Compresses what was rotated before and removes the oldest, so that with the coming rotation there are maxFiles. */
  async #tidy(path: string): Promise<void> {
    const folder = dirname(path);
    const prefix = `${basename(path)}.`;
    const names = (await readdir(folder)).filter((name) => name.startsWith(prefix)).sort();
    const leftovers = names.filter((name) => name.endsWith('.tmp'));
    const rotated = names.filter((name) => !name.endsWith('.tmp'));
    const keep = Math.max(0, (this.#options.maxFiles ?? DEFAULT_MAX_FILES) - 2);
    const excess = rotated.slice(0, Math.max(0, rotated.length - keep));
    for (const name of [...leftovers, ...excess]) await rm(join(folder, name), { force: true });
    for (const name of rotated.slice(excess.length)) if (!name.endsWith('.gz')) await compress(join(folder, name));
  }
}

/** The current logs of containers that run. */
function runningLogs(backend: LogRotationOptions['backend']): { containerId: string; path: string }[] {
  return backend.pods().flatMap(({ metadata, spec }) =>
    [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])].flatMap(({ name }) => {
      const found = backend.findContainer(metadata.namespace ?? '', metadata.name ?? '', name, metadata.uid);
      if (found.found !== 'container') return [];
      const { containerId, logPath, state } = found.target;
      return containerId && logPath && state?.running ? [{ containerId, path: logPath }] : [];
    }),
  );
}

async function compress(path: string): Promise<void> {
  await pipeline(createReadStream(path), createGzip(), createWriteStream(`${path}.tmp`));
  await rename(`${path}.tmp`, `${path}.gz`);
  await rm(path);
}

/** `20260101-235959`, as upstream names rotated logs. */
function timestamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
}
