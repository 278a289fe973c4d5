import { describeError, type Log, systemClock } from '#lib';
import type { ServerConfig } from './config.ts';
import { createMemoryRelease } from './memory-release.ts';
import { startServer } from './server.ts';

/** Runs a server until SIGINT or SIGTERM asks it to end; returns the exit code. A second signal ends the process at once. */
export async function runServer(config: ServerConfig, { log }: { log: Log }): Promise<number> {
  const stopSignal = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
  // Timers do not keep the process alive; while parts stop, nothing else may.
  const keepAlive = setInterval(() => undefined, 2 ** 30);
  // A fault in one part must not take the API and the node with it unseen: it is logged, and the process goes on.
  process.on('unhandledRejection', (error) =>
    log.error('A promise was rejected and nobody caught it', { err: describeError(error), stack: error instanceof Error ? error.stack : undefined }),
  );
  const memory = createMemoryRelease({ clock: systemClock, log });
  await memory.start();
  const cluster = await startServer(config, { log });
  const signal = await stopSignal;
  log.info(`Received ${signal}, stopping`);
  await memory.stop();
  await cluster.stop();
  log.info('k3s has stopped');
  clearInterval(keepAlive);
  return 0;
}
