/** What the runtime holds of one pod, kept up to date by its events, by listings and by what our own calls made. */
import type { KubeletContext } from '../context.ts';
import { isRuntimeNotFound } from '../cri/cri-client.ts';
import type { PodSandboxStatus } from '../cri/messages.ts';
import { type ObservedContainer, type ObservedSandbox, observeContainer, observeSandbox, type PodRuntime } from './observed.ts';
import { observePod } from './observe.ts';
import { readTerminationMessage } from './termination.ts';

export interface RuntimeViewOptions {
  readonly context: KubeletContext;
  readonly uid: string;
  /** What the runtime held when the pod was first seen. */
  readonly found: PodRuntime;
  /** New containers and sandboxes, so that events of the runtime find their pod. */
  track(id: string): void;
  /** Something else is shown now. */
  changed(): void;
}

/** How long a container may be shown as running after the runtime reported its end. */
const EXIT_CHECKS_MS = [0, 10, 30, 60, 100, 200, 400, 800, 1600, 3200];
const OOM_KILLED = 'OOMKilled';
/** Of each container the newest instance and one dead before it are kept. */
const KEPT_DEAD = 2;

export class RuntimeView {
  readonly #context: KubeletContext;
  readonly #options: RuntimeViewOptions;
  readonly #messages = new Map<string, string>();
  /** Ended before the call that started them had returned. */
  readonly #endedEarly = new Set<string>();
  /** Ran out of memory: containerd tells it by an event that may come after the end, so that its status says `Error` first. */
  readonly #outOfMemory = new Set<string>();
  readonly #endListeners = new Map<string, Set<() => void>>();
  #current: PodRuntime;
  #isStopped = false;

  constructor(options: RuntimeViewOptions) {
    this.#context = options.context;
    this.#options = options;
    this.#current = options.found;
    for (const { id } of [...this.#current.sandboxes, ...this.#current.containers]) options.track(id);
  }

  get current(): PodRuntime {
    return this.#current;
  }
  /** Those of which nobody knows whether they run count as running. */
  running(): ObservedContainer[] {
    return this.#current.containers.filter(({ state }) => state === 'running' || state === 'unknown');
  }
  /** The text an ended container left behind. */
  messageOf(container: ObservedContainer): string {
    let message = this.#messages.get(container.id);
    if (message === undefined) {
      message = readTerminationMessage(container);
      this.#messages.set(container.id, message);
    }
    return message;
  }
  /** Nothing is asked for any more, and no container is probed. */
  stop(): void {
    this.#isStopped = true;
    for (const { id } of this.#current.containers) this.#context.probes.forget(id);
  }

  /** The runtime says that this container or sandbox ended. */
  async onRuntimeEvent(id: string): Promise<void> {
    const isSandbox = this.#current.sandboxes.some((sandbox) => sandbox.id === id);
    if (!isSandbox && !this.#current.containers.some((container) => container.id === id)) {
      this.#endedEarly.add(id);
      return;
    }
    for (const delayMs of EXIT_CHECKS_MS) {
      if (this.#isStopped) return;
      if (delayMs > 0) await this.#context.clock.sleep(delayMs);
      const isSettled = isSandbox ? await this.refreshSandbox(id) : await this.refreshContainer(id);
      if (isSettled) return;
    }
  }
  /** The runtime says that the container ran out of memory, before its end or after it. */
  onOutOfMemory(id: string): void {
    this.#outOfMemory.add(id);
    const container = this.#current.containers.find((each) => each.id === id);
    if (container?.state === 'exited' && container.reason !== OOM_KILLED) this.putContainer(container);
  }
  /** A listing of the runtime: what changed is asked for. */
  async relist(containers: ReadonlyMap<string, string>, sandboxes: ReadonlyMap<string, boolean>): Promise<void> {
    for (const container of this.#current.containers) {
      const state = containers.get(container.id);
      if (state === undefined) this.#forgetContainer(container.id);
      else if (state !== container.state) await this.refreshContainer(container.id);
    }
    for (const sandbox of this.#current.sandboxes) {
      const isReady = sandboxes.get(sandbox.id);
      if (isReady === undefined) this.#set({ ...this.#current, sandboxes: this.#current.sandboxes.filter(({ id }) => id !== sandbox.id) });
      else if (isReady !== sandbox.isReady) await this.refreshSandbox(sandbox.id);
    }
  }
  /** Calls back when the container has ended; returns what takes the wish back. */
  onContainerEnd(containerId: string, ended: () => void): () => void {
    const container = this.#current.containers.find(({ id }) => id === containerId);
    if (container?.state !== 'running') {
      ended();
      return () => undefined;
    }
    const listeners = this.#endListeners.get(containerId) ?? new Set();
    listeners.add(ended);
    this.#endListeners.set(containerId, listeners);
    return () => listeners.delete(ended);
  }

  addSandbox(sandbox: ObservedSandbox): void {
    this.#options.track(sandbox.id);
    this.#set({ ...this.#current, sandboxes: [sandbox, ...this.#current.sandboxes] });
  }
  /** A container is new or changed. */
  putContainer(observed: ObservedContainer): void {
    const container = observed.state === 'exited' && this.#outOfMemory.has(observed.id) ? { ...observed, reason: OOM_KILLED } : observed;
    const before = this.#current.containers.find(({ id }) => id === container.id);
    if (container.state === 'exited' && before?.state !== 'exited') this.#messages.set(container.id, readTerminationMessage(container));
    if (!before) this.#options.track(container.id);
    const containers = before ? this.#current.containers.map((item) => (item === before ? container : item)) : [container, ...this.#current.containers];
    this.#set({ ...this.#current, containers });
    const hasEndedEarly = this.#endedEarly.delete(container.id);
    if (container.state === 'running') {
      if (hasEndedEarly) void this.onRuntimeEvent(container.id);
      return;
    }
    this.#context.probes.forget(container.id);
    for (const ended of this.#endListeners.get(container.id) ?? []) ended();
    this.#endListeners.delete(container.id);
    this.#dropOld(container.name);
  }

  /** After a failure the runtime may hold what it made although its answer was lost. */
  async observeAgain(): Promise<void> {
    if (this.#isStopped) return;
    try {
      const found = await observePod(this.#context.cri, this.#options.uid);
      for (const { id } of [...found.sandboxes, ...found.containers]) this.#options.track(id);
      this.#set(found);
    } catch (error) {
      this.#context.log.debug('Cannot observe pod', { uid: this.#options.uid, err: error });
    }
  }
  /** Whether the container is known to have ended (or to be gone). */
  async refreshContainer(id: string): Promise<boolean> {
    const known = this.#current.containers.find((container) => container.id === id);
    if (!known) return true;
    try {
      const { status } = await this.#context.cri.call('ContainerStatus', { containerId: id });
      if (!status) return true;
      const observed = observeContainer(status, known.sandboxId);
      if (observed.state !== known.state) this.putContainer(observed);
      return observed.state === 'exited';
    } catch (error) {
      if (!isRuntimeNotFound(error)) return false;
      this.#forgetContainer(id);
      return true;
    }
  }
  /** Whether the sandbox is known to have ended (or to be gone). */
  async refreshSandbox(id: string): Promise<boolean> {
    let status: PodSandboxStatus | undefined;
    try {
      ({ status } = await this.#context.cri.call('PodSandboxStatus', { podSandboxId: id }));
    } catch (error) {
      if (!isRuntimeNotFound(error)) return false;
    }
    const observed = status ? observeSandbox(status) : undefined;
    const sandboxes = this.#current.sandboxes.flatMap((sandbox) =>
      sandbox.id !== id ? [sandbox] : observed ? [{ ...observed, ips: observed.ips.length > 0 ? observed.ips : sandbox.ips }] : [],
    );
    this.#set({ ...this.#current, sandboxes });
    return !observed?.isReady;
  }

  #set(current: PodRuntime): void {
    this.#current = current;
    this.#options.changed();
  }
  #dropOld(name: string): void {
    const dead = this.#current.containers.filter((container) => container.name === name && container.state === 'exited');
    for (const { id } of dead.slice(KEPT_DEAD)) {
      void this.#context.cri.call('RemoveContainer', { containerId: id }).catch(() => undefined);
      this.#forgetContainer(id);
    }
  }
  #forgetContainer(id: string): void {
    this.#messages.delete(id);
    this.#outOfMemory.delete(id);
    this.#context.probes.forget(id);
    this.#set({ ...this.#current, containers: this.#current.containers.filter((container) => container.id !== id) });
  }
}
