/** All pods of this node: gives each its worker, matches the runtime's containers with the API's pods, removes what belongs to nobody. */
import { join } from 'node:path';
import type { Pod } from '#api/types/core-v1';
import { createBackoff, type Backoff } from './backoff.ts';
import type { KubeletContext } from './context.ts';
import { POD_SANDBOX_STATE, type Container, type PodSandbox } from './cri/messages.ts';
import { removeDeadLinks } from './pod-worker/clean-up.ts';
import { stopContainer } from './pod-worker/kill.ts';
import { observePods } from './pod-worker/observe.ts';
import { listedState, podOf, type PodRuntime } from './pod-worker/observed.ts';
import { PodWorker } from './pod-worker/pod-worker.ts';
import { podUidsOnDisk, removePodDir } from './volumes/pod-volumes.ts';

const CRASH_BACKOFF_MS = 10_000;
const MAX_CRASH_BACKOFF_MS = 300_000;

export class PodWorkers {
  readonly #context: KubeletContext;
  readonly #restarts: Backoff;
  readonly #workers = new Map<string, PodWorker>();
  /** Container or sandbox id → pod uid. */
  readonly #owners = new Map<string, string>();
  /** What the runtime held when we started, by pod uid, until a worker takes it over. */
  #found = new Map<string, PodRuntime>();

  constructor(context: KubeletContext) {
    this.#context = context;
    this.#restarts = createBackoff(CRASH_BACKOFF_MS, MAX_CRASH_BACKOFF_MS, context.clock);
  }

  /** Looks at what runs; must be called before the first pod is set, so that nothing is started twice. */
  async adopt(): Promise<void> {
    this.#found = await observePods(this.#context.cri);
  }

  /** A pod of this node is there or changed. */
  set(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    const worker = this.#workers.get(uid);
    if (worker) {
      worker.update(pod);
      return;
    }
    const runtime = this.#found.get(uid) ?? { sandboxes: [], containers: [] };
    this.#found.delete(uid);
    const made = new PodWorker({
      context: this.#context,
      pod,
      runtime,
      restarts: this.#restarts,
      gone: () => this.#drop(uid),
      track: (id) => this.#owners.set(id, uid),
    });
    this.#workers.set(uid, made);
  }
  /** The API no longer has it. */
  remove(pod: Pod): void {
    this.#workers.get(pod.metadata.uid ?? '')?.remove(pod);
  }
  get(uid: string): PodWorker | undefined {
    return this.#workers.get(uid);
  }
  all(): IterableIterator<PodWorker> {
    return this.#workers.values();
  }
  ofContainer(id: string): PodWorker | undefined {
    return this.#workers.get(this.#owners.get(id) ?? '');
  }

  onRuntimeEvent(id: string): void {
    void this.ofContainer(id)?.view.onRuntimeEvent(id);
  }
  onOutOfMemory(id: string): void {
    this.ofContainer(id)?.view.onOutOfMemory(id);
  }

  /** Compares everything with the runtime; what a lost event would have told is found here. */
  async relist(): Promise<void> {
    const { containers, sandboxes } = await this.#list();
    const states = new Map(containers.map((container) => [container.id, listedState(container)]));
    const ready = new Map(sandboxes.map((sandbox) => [sandbox.id, sandbox.state === POD_SANDBOX_STATE.SANDBOX_READY]));
    await Promise.all([...this.#workers.values()].map((worker) => worker.view.relist(states, ready)));
  }

  /** Ends and removes containers, sandboxes, folders and cgroups of pods that no longer exist. Only when all of the API's pods are known. */
  async removeOrphans(): Promise<void> {
    const { containers, sandboxes } = await this.#list();
    const isOrphan = (item: PodSandbox | Container) => {
      const pod = podOf(item);
      return pod !== undefined && !this.#workers.has(pod.uid);
    };
    for (const container of containers.filter(isOrphan)) {
      this.#context.log.info('Removing container of a pod that no longer exists', { container: container.metadata?.name, pod: podOf(container)?.name });
      await stopContainer(this.#context, container.id, 1);
      await this.#context.cri.call('RemoveContainer', { containerId: container.id });
    }
    for (const sandbox of sandboxes.filter(isOrphan)) {
      await this.#context.cri.call('StopPodSandbox', { podSandboxId: sandbox.id });
      await this.#context.cri.call('RemovePodSandbox', { podSandboxId: sandbox.id });
    }
    this.#found.clear();
    for (const uid of podUidsOnDisk(this.#context.rootDir)) {
      if (!this.#workers.has(uid)) await removePodDir(join(this.#context.rootDir, 'pods', uid));
    }
    removeDeadLinks(this.#context.podLogsDir);
    for (const { uid, qos } of this.#context.cgroups.list()) if (!this.#workers.has(uid)) this.#context.cgroups.remove(uid, qos);
  }

  /** Nothing new is begun; resolves when what is under way is done. */
  async stop(): Promise<void> {
    const workers = [...this.#workers.values()];
    for (const worker of workers) worker.stop();
    await Promise.all(workers.map((worker) => worker.idle()));
  }

  #drop(uid: string): void {
    this.#workers.delete(uid);
    for (const [id, owner] of this.#owners) if (owner === uid) this.#owners.delete(id);
  }

  async #list(): Promise<{ containers: Container[]; sandboxes: PodSandbox[] }> {
    const [{ containers }, { items }] = await Promise.all([this.#context.cri.call('ListContainers', {}), this.#context.cri.call('ListPodSandbox', {})]);
    return { containers, sandboxes: items };
  }
}
