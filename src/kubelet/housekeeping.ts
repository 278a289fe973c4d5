import type { KubeletContext } from './context.ts';
import { createAirgapImages } from './images/airgap.ts';
import { createImageGc } from './images/image-gc.ts';
import { createLogRotation } from './logs/rotation.ts';
import { readFilesystem } from './node/machine-info.ts';
import type { PodWorkers } from './pod-workers.ts';
import type { KubeletBackend } from './streaming/contract.ts';
import type { Timer } from '#lib';

export interface HousekeepingOptions {
  readonly context: KubeletContext;
  readonly workers: PodWorkers;
  readonly backend: KubeletBackend;
  readonly imagesDir: string;
  readonly socketPath: string;
  readonly sandboxImage: string;
  readonly thresholds: { readonly highThresholdPercent: number; readonly lowThresholdPercent: number };
  /** Images came or went. */
  imagesChanged(): void;
}

/** What a node does beside running pods: image files, image garbage, log rotation, token renewal. */
export interface Housekeeping {
  /** Resolves at once; importing image files goes on. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const IMAGE_GC_MS = 300_000;
const TOKENS_MS = 60_000;

export function createHousekeeping(options: HousekeepingOptions): Housekeeping {
  const { context, workers } = options;
  const { cri, clock, log } = context;
  const timers = new Set<Timer>();
  let isStopped = false;
  const changed = () => {
    options.imagesChanged();
    for (const worker of workers.all()) worker.retryImages();
  };
  const airgap = createAirgapImages({ dir: options.imagesDir, cri, socketPath: options.socketPath, clock, log, imported: changed });
  const gc = createImageGc({ cri, clock, log, ...options.thresholds, keep: [options.sandboxImage], usage: () => readFilesystem(context.rootDir) });
  const rotation = createLogRotation({ backend: options.backend, podLogsDir: context.podLogsDir, log, clock });
  /** Runs `work` every so often; a failure is logged and does not end it. */
  const every = (periodMs: number, what: string, work: () => Promise<unknown> | void) => {
    const timer = clock.setTimer(periodMs, () => {
      timers.delete(timer);
      if (isStopped) return;
      Promise.resolve()
        .then(work)
        .catch((error: unknown) => log.warning(`Cannot ${what}`, { err: error }))
        .finally(() => every(periodMs, what, work));
    });
    timers.add(timer);
  };
  return {
    async start() {
      airgap.start().catch((error: unknown) => log.error('Cannot import image files', { dir: options.imagesDir, err: error }));
      every(IMAGE_GC_MS, 'collect unused images', async () => {
        if ((await gc.collect()) > 0) options.imagesChanged();
      });
      every(TOKENS_MS, 'renew tokens', () => {
        for (const worker of workers.all()) worker.renewTokens();
      });
      await rotation.start();
    },
    async stop() {
      isStopped = true;
      airgap.stop();
      for (const timer of timers) timer.cancel();
      await rotation.stop();
    },
  };
}
