/** Ends containers, and the pod: its containers with their grace period, its sandbox, then everything that reminds of it. */
import { isStatus, pods } from '#api';
import type { Pod } from '#api/types/core-v1';
import type { Log } from '#lib';
import type { KubeletContext } from '../context.ts';
import { isRuntimeNotFound } from '../cri/cri-client.ts';
import { qosClassOf } from '../resources.ts';
import { removePodDir } from '../volumes/pod-volumes.ts';
import { removeRuntimeLeftovers } from './clean-up.ts';
import { graceSecondsOf, killContainer, killContainers, stopContainer } from './kill.ts';
import { findContainer } from './labels.ts';
import type { ObservedContainer } from './observed.ts';
import type { RuntimeView } from './runtime-view.ts';

export type PodWorkerPhase = 'running' | 'ending' | 'ended' | 'gone';

/** What the ending asks of its worker. */
export interface EndingHost {
  readonly log: Log;
  readonly podDir: string;
  pod(): Pod;
  podIp(): string;
  isRemovedFromApi(): boolean;
  isStopped(): boolean;
  /** Nothing may be started any more; resolves when no call that starts something is under way. */
  quiesce(): Promise<void>;
  /** The end has failed and will be tried again. */
  resume(): void;
  showStatus(): void;
  /** Something else may be done now. */
  changed(): void;
  /** Resolves when the shown status is written. */
  settled(): Promise<void>;
  gone(): void;
}

const RETRY_MS = 500;
const DELETE_RETRY_MS = 2000;

export class PodEnding {
  readonly #context: KubeletContext;
  readonly #view: RuntimeView;
  readonly #host: EndingHost;
  readonly #kills = new Map<string, Promise<void>>();
  #phase: PodWorkerPhase = 'running';
  #graceSeconds = Number.POSITIVE_INFINITY;
  #finishing: Promise<void> | undefined;

  constructor(context: KubeletContext, view: RuntimeView, host: EndingHost) {
    this.#context = context;
    this.#view = view;
    this.#host = host;
  }

  get phase(): PodWorkerPhase {
    return this.#phase;
  }

  /** Begins the pod's end, or shortens the time it has. */
  begin(graceSeconds: number): void {
    if (this.#phase !== 'running') {
      this.shorten(graceSeconds);
      return;
    }
    this.#phase = 'ending';
    this.#graceSeconds = graceSeconds;
    this.#run().catch((error: unknown) => {
      this.#host.log.error('Cannot end pod; trying again', { err: error });
      this.#phase = 'running';
      this.#host.resume();
      this.#context.clock.setTimer(RETRY_MS, () => void (this.#host.isStopped() || this.begin(this.#graceSeconds)));
    });
  }
  /** The pod shall end within that time at the latest; what has ended already is finished when the API wants it gone. */
  shorten(graceSeconds: number): void {
    if (this.#phase === 'ended') void this.#finish();
    if (this.#phase !== 'ending' || graceSeconds >= this.#graceSeconds) return;
    this.#graceSeconds = graceSeconds;
    for (const container of this.#view.running()) void stopContainer(this.#context, container.id, graceSeconds).catch(() => undefined);
  }

  /** Ends a running container once; `probe` names the probe whose grace period may differ. */
  kill(container: ObservedContainer, message: string, probe?: 'startup' | 'liveness' | 'stale'): Promise<void> {
    const known = this.#kills.get(container.id);
    if (known) return known;
    const pod = this.#host.pod();
    const spec = findContainer(pod, container.name);
    const own = probe === 'liveness' ? spec?.livenessProbe : probe === 'startup' ? spec?.startupProbe : undefined;
    const graceSeconds = Number(own?.terminationGracePeriodSeconds ?? graceSecondsOf(pod));
    this.#context.probes.forget(container.id);
    const killing = killContainer(this.#context, { pod, container: spec, observed: container, graceSeconds, message, podIp: this.#host.podIp() })
      .then(() => this.#view.refreshContainer(container.id))
      .catch((error: unknown) => this.#host.log.error('Cannot end container', { container: container.name, err: error }))
      .then(() => {
        this.#kills.delete(container.id);
        this.#host.changed();
      });
    this.#kills.set(container.id, killing);
    return killing;
  }
  /** Ends all running containers, each with its hooks and grace. */
  async stopContainers(graceSeconds: number): Promise<void> {
    const running = this.#view.running();
    for (const { id } of running) this.#context.probes.forget(id);
    await killContainers(this.#context, this.#host.pod(), running, graceSeconds, this.#host.podIp());
    await Promise.all(running.map(({ id }) => this.#view.refreshContainer(id)));
  }
  async stopSandboxes(): Promise<void> {
    for (const { id: podSandboxId } of this.#view.current.sandboxes) {
      try {
        await this.#context.cri.call('StopPodSandbox', { podSandboxId });
      } catch (error) {
        if (!isRuntimeNotFound(error)) throw error;
      }
      await this.#view.refreshSandbox(podSandboxId);
    }
  }

  async #run(): Promise<void> {
    await this.#host.quiesce();
    await Promise.all(this.#kills.values());
    this.#host.showStatus();
    for (;;) {
      await this.stopContainers(this.#graceSeconds);
      if (this.#view.running().length === 0) break;
      await this.#context.clock.sleep(RETRY_MS);
    }
    await this.stopSandboxes();
    for (const { id } of this.#view.current.containers) this.#context.probes.forget(id);
    this.#phase = 'ended';
    this.#host.showStatus();
    await this.#finish();
  }

  /** Gives back what the ended pod held; once it is deleted, everything that reminds of it. */
  #finish(): Promise<void> {
    this.#finishing ??= this.#release().finally(() => (this.#finishing = undefined));
    return this.#finishing;
  }
  async #release(): Promise<void> {
    const { uid = '' } = this.#host.pod().metadata;
    await this.#host.settled();
    if (this.#host.isStopped()) return;
    const pod = this.#host.pod();
    this.#context.cgroups.remove(uid, qosClassOf(pod));
    if (!this.#host.isRemovedFromApi() && pod.metadata.deletionTimestamp === undefined) return;
    await removePodDir(this.#host.podDir);
    if (!(await this.#deleteFromApi())) {
      this.#context.clock.setTimer(DELETE_RETRY_MS, () => void (this.#host.isStopped() || this.#finish()));
      return;
    }
    this.#phase = 'gone';
    this.#context.cgroups.remove(uid, qosClassOf(pod));
    await removeRuntimeLeftovers(this.#context, pod, this.#view.current);
    this.#host.gone();
  }
  /** Whether the API no longer has it. */
  async #deleteFromApi(): Promise<boolean> {
    if (this.#host.isRemovedFromApi()) return true;
    const { uid = '', namespace, name = '' } = this.#host.pod().metadata;
    try {
      await this.#context.client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!isStatus(error, 'NotFound', 'Conflict')) {
        this.#host.log.warning('Cannot delete pod from the API; trying again', { err: error });
        return false;
      }
    }
    return true;
  }
}
