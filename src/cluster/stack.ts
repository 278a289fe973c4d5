import { describeError, type Log } from '#lib';
import type { Component } from './component.ts';

/** What has been started, to be stopped the other way round. */
export interface Stack {
  /** Starts a component and remembers to stop it. */
  start(component: Component): Promise<void>;
  /** Remembers something else to undo. */
  defer(name: string, undo: () => Promise<void> | void): void;
  /** Undoes everything, newest first; a failure is logged and does not keep the rest from stopping. Once. */
  stop(): Promise<void>;
}

export function createStack(log: Log): Stack {
  const undo: { name: string; run: () => Promise<void> | void }[] = [];
  let stopping: Promise<void> | undefined;
  const stopAll = async (): Promise<void> => {
    for (const { name, run } of undo.reverse()) {
      try {
        await run();
      } catch (error) {
        log.error(`Cannot stop ${name}`, { err: describeError(error) });
      }
    }
  };
  return {
    async start(component) {
      undo.push({ name: component.name, run: () => component.stop() });
      await component.start();
    },
    defer: (name, run) => void undo.push({ name, run }),
    stop: () => (stopping ??= stopAll()),
  };
}
