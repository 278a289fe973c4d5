/**
 * The life of one pod on this node:
 *
 *   running --deletion, deadline, removal from the API--> ending --containers and sandbox gone--> ended --final status, DELETE--> gone
 *
 * `#sync` is quick and runs whenever something changed: it plans, starts lanes for what takes time, and writes the status. One lane starts
 * things, and one per container ends it; whatever they finish causes the next sync.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isStatus, pods } from '#api';
import type { Pod, PodStatus } from '#api/types/core-v1';
import type { Log, Timer } from '#lib';
import { type Backoff, delayText } from '../backoff.ts';
import type { KubeletContext } from '../context.ts';
import { isRuntimeNotFound } from '../cri/cri-client.ts';
import type { PodSandboxStatus } from '../cri/messages.ts';
import { qosClassOf } from '../resources.ts';
import { refreshVolumes, removePodDir } from '../volumes/pod-volumes.ts';
import { killContainer, killContainers, stopContainer } from './kill.ts';
import { type AnyContainer, containerHash, formatPod } from './labels.ts';
import { currentSandbox, newest, type ObservedContainer, type ObservedSandbox, observeContainer, observeSandbox, type PodRuntime } from './observed.ts';
import { observePod } from './observe.ts';
import { areMainsOver, hasInitFailed, planPod, type PodPlan } from './plan.ts';
import { buildPodStatus } from './pod-status.ts';
import { containerReference, podReference } from './references.ts';
import { type LaneHost, PodStartError, runStartLane, volumeContextOf } from './start-lane.ts';
import { createStatusWriter, type StatusWriter } from './status-writer.ts';
import { readTerminationMessage } from './termination.ts';
import { removeRuntimeLeftovers } from './clean-up.ts';
import type { WaitingEntry } from './waiting.ts';

export interface PodWorkerOptions {
  readonly context: KubeletContext;
  readonly pod: Pod;
  /** What the runtime already holds of it. */
  readonly runtime: PodRuntime;
  /** CrashLoopBackOff, shared by all pods. */
  readonly restarts: Backoff;
  /** The pod is gone from this node. */
  gone(): void;
  /** New containers and sandboxes, so that events of the runtime find their pod. */
  track(id: string): void;
}

type Phase = 'running' | 'ending' | 'ended' | 'gone';

const MAX_START_RETRY_MS = 10_000;
const MIN_START_RETRY_MS = 500;
const WAITS_FOR_IMAGE: ReadonlySet<string> = new Set(['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull']);
/** How long a container may be shown as running after the runtime reported its end. */
const EXIT_CHECKS_MS = [0, 10, 30, 60, 100, 200, 400, 800, 1600, 3200];

export class PodWorker {
  readonly #context: KubeletContext;
  readonly #options: PodWorkerOptions;
  readonly #log: Log;
  readonly #podDir: string;
  readonly #writer: StatusWriter;
  readonly #waiting = new Map<string, WaitingEntry>();
  readonly #messages = new Map<string, string>();
  readonly #kills = new Map<string, Promise<void>>();
  /** Ended before the call that started them had returned. */
  readonly #endedEarly = new Set<string>();
  readonly #hooking = new Set<string>();
  readonly #endListeners = new Map<string, Set<() => void>>();
  #pod: Pod;
  #runtime: PodRuntime;
  #phase: Phase = 'running';
  #isRemovedFromApi = false;
  #verdict: { reason: string; message: string } | undefined;
  #lane: Promise<void> | undefined;
  #laneAbort = new AbortController();
  #graceSeconds = Number.POSITIVE_INFINITY;
  #startRetryMs = 0;
  #retryAtMs = 0;
  #isScheduled = false;
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #refreshing = false;
  #isStopped = false;

  constructor(options: PodWorkerOptions) {
    this.#options = options;
    this.#context = options.context;
    this.#pod = options.pod;
    this.#runtime = options.runtime;
    this.#log = options.context.log.with({ pod: `${options.pod.metadata.namespace}/${options.pod.metadata.name}` });
    this.#podDir = join(options.context.rootDir, 'pods', options.pod.metadata.uid ?? '');
    this.#writer = createStatusWriter(options.context.client, options.pod, options.context.clock, this.#log);
    for (const { id } of [...this.#runtime.sandboxes, ...this.#runtime.containers]) options.track(id);
    this.kick();
  }

  /** The pod with the status that is shown or about to be. */
  get pod(): Pod {
    return { ...this.#pod, status: this.#writer.shown };
  }
  get runtime(): PodRuntime {
    return this.#runtime;
  }
  get isEnding(): boolean {
    return this.#phase !== 'running';
  }

  /** The API's object changed. */
  update(pod: Pod): void {
    const { labels, annotations } = this.#pod.metadata;
    const isShownElsewhere = !isDeepStrictEqual([labels, annotations], [pod.metadata.labels, pod.metadata.annotations]);
    this.#pod = pod;
    // Downward API volumes show labels and annotations.
    if (isShownElsewhere) void this.#refreshVolumes();
    this.#writer.observe(pod);
    this.kick();
  }
  /** The API no longer has it. */
  remove(pod: Pod): void {
    this.#isRemovedFromApi = true;
    this.#pod = { ...pod, status: this.#writer.shown };
    this.#end(Math.max(1, pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30));
  }
  /** Ends the pod as failed: deadline, eviction. */
  fail(reason: string, message: string, graceSeconds?: number): void {
    this.#verdict ??= { reason, message };
    this.#end(graceSeconds ?? this.#pod.spec?.terminationGracePeriodSeconds ?? 30);
  }
  /** A referenced object or a token changed. */
  refresh(): void {
    for (const [name, entry] of this.#waiting) if (entry.reason === 'CreateContainerConfigError') this.#waiting.set(name, { ...entry, retryAtMs: 0 });
    this.#retryAtMs = 0;
    void this.#refreshVolumes();
    this.kick();
  }
  /** The runtime says that this container or sandbox ended. */
  async onRuntimeEvent(id: string): Promise<void> {
    if (!this.#knows(id)) {
      this.#endedEarly.add(id);
      return;
    }
    const isSandbox = this.#runtime.sandboxes.some((sandbox) => sandbox.id === id);
    for (const delayMs of EXIT_CHECKS_MS) {
      if (this.#isStopped) return;
      if (delayMs > 0) await this.#context.clock.sleep(delayMs);
      const isSettled = isSandbox ? await this.#refreshSandbox(id) : await this.#refreshContainer(id);
      if (isSettled) return;
    }
  }
  #knows(id: string): boolean {
    return this.#runtime.sandboxes.some((sandbox) => sandbox.id === id) || this.#runtime.containers.some((container) => container.id === id);
  }
  /** A listing of the runtime: what changed is asked for. */
  async relist(containers: ReadonlyMap<string, string>, sandboxes: ReadonlyMap<string, boolean>): Promise<void> {
    for (const container of this.#runtime.containers) {
      const state = containers.get(container.id);
      if (state === undefined) this.#forgetContainer(container.id);
      else if (state !== container.state) await this.#refreshContainer(container.id);
    }
    for (const sandbox of this.#runtime.sandboxes) {
      const isReady = sandboxes.get(sandbox.id);
      if (isReady === undefined) this.#setRuntime({ ...this.#runtime, sandboxes: this.#runtime.sandboxes.filter(({ id }) => id !== sandbox.id) });
      else if (isReady !== sandbox.isReady) await this.#refreshSandbox(sandbox.id);
    }
  }
  /** Calls back when the container has ended. */
  onContainerEnd(containerId: string, ended: () => void): () => void {
    const container = this.#runtime.containers.find(({ id }) => id === containerId);
    if (container?.state !== 'running') {
      ended();
      return () => undefined;
    }
    const listeners = this.#endListeners.get(containerId) ?? new Set();
    listeners.add(ended);
    this.#endListeners.set(containerId, listeners);
    return () => listeners.delete(ended);
  }
  /** The kubelet stops: nothing more is done, containers go on. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#laneAbort.abort();
    this.#writer.stop();
    for (const { id } of this.#runtime.containers) this.#context.probes.forget(id);
  }
  /** A token of the pod is due: its volumes get a new one. */
  renewTokens(): void {
    const renewAtMs = this.#context.tokens.nextRenewalMs(this.#pod.metadata.uid ?? '');
    if (renewAtMs !== undefined && renewAtMs <= this.#context.clock.now()) void this.#refreshVolumes();
  }
  /** An image appeared: containers that wait for one try again. */
  retryImages(): void {
    for (const [name, entry] of this.#waiting) if (WAITS_FOR_IMAGE.has(entry.reason)) this.#waiting.set(name, { ...entry, retryAtMs: 0 });
    this.kick();
  }
  /** Resolves when no call that starts something is under way. */
  async idle(): Promise<void> {
    await this.#lane;
  }
  /** Resolves when the shown status is written. */
  settled(): Promise<void> {
    return this.#writer.settled();
  }

  /** Asks for a sync soon. */
  kick(): void {
    if (this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      if (this.#isStopped) return;
      try {
        this.#sync();
      } catch (error) {
        this.#log.error('Cannot sync pod', { err: error });
        this.#kickAt(this.#context.clock.now() + MAX_START_RETRY_MS);
      }
    });
  }

  #sync(): void {
    if (this.#phase === 'running') {
      const { deletionTimestamp, deletionGracePeriodSeconds } = this.#pod.metadata;
      if (deletionTimestamp) this.#end(deletionGracePeriodSeconds ?? this.#pod.spec?.terminationGracePeriodSeconds ?? 30);
      else this.#checkDeadline();
    } else if (this.#pod.metadata.deletionTimestamp) {
      this.#shortenGrace(this.#pod.metadata.deletionGracePeriodSeconds ?? this.#graceSeconds);
      if (this.#phase === 'ended') void this.#finish();
    }
    if (this.#phase === 'running') this.#proceed();
    this.#writeStatus();
  }

  #proceed(): void {
    const shownPhase = this.#writer.shown.phase;
    if (shownPhase === 'Succeeded' || shownPhase === 'Failed' || hasInitFailed(this.#pod, this.#runtime)) {
      this.#end(this.#pod.spec?.terminationGracePeriodSeconds ?? 30);
      return;
    }
    this.#watchProbes();
    const plan = planPod(this.#pod, this.#runtime, (container) => this.#context.probes.verdictOf(container));
    for (const kill of plan.kill) void this.#kill(kill.container, kill.message, kill.reason === 'changed' ? undefined : kill.reason);
    if (this.#lane) return;
    if (plan.stopAll && plan.sandboxAttempt === undefined) {
      this.#end(this.#pod.spec?.terminationGracePeriodSeconds ?? 30);
      return;
    }
    const nowMs = this.#context.clock.now();
    if (nowMs < this.#retryAtMs) {
      this.#kickAt(this.#retryAtMs);
      return;
    }
    const start = plan.start.filter((container) => this.#mayStart(container));
    if (plan.sandboxAttempt === undefined && start.length === 0) return;
    this.#lane = this.#runLane(plan, start).finally(() => {
      this.#lane = undefined;
      this.kick();
    });
  }

  async #runLane(plan: PodPlan, start: readonly AnyContainer[]): Promise<void> {
    try {
      if (plan.stopAll) {
        await this.#killRunning(this.#pod.spec?.terminationGracePeriodSeconds ?? 30);
        await this.#stopSandboxes();
        if (this.#runtime.sandboxes.length > 0)
          this.#context.events.event(podReference(this.#pod), 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
      }
      await runStartLane(this.#context, this.#laneHost(), { sandboxAttempt: plan.sandboxAttempt, start });
      this.#startRetryMs = 0;
    } catch (error) {
      await this.#observeAgain();
      if (this.#laneAbort.signal.aborted) return;
      if (!(error instanceof PodStartError)) this.#log.error('Cannot start pod', { err: error });
      else this.#log.warning('Cannot start pod', { err: error });
      this.#startRetryMs = Math.min(MAX_START_RETRY_MS, Math.max(MIN_START_RETRY_MS, this.#startRetryMs * 2));
      this.#retryAtMs = this.#context.clock.now() + this.#startRetryMs;
    }
  }

  #laneHost(): LaneHost {
    return {
      pod: this.#pod,
      podDir: this.#podDir,
      signal: this.#laneAbort.signal,
      sandbox: () => currentSandbox(this.#runtime),
      newest: (name) => newest(this.#runtime, name),
      sandboxMade: (sandbox) => this.#addSandbox(sandbox),
      created: (id) => this.#options.track(id),
      containerChanged: (container) => this.#putContainer(container),
      hooking: (id, isRunning) => {
        if (isRunning) this.#hooking.add(id);
        else this.#hooking.delete(id);
        this.kick();
      },
      waits: (name, entry) => this.#setWaiting(name, entry),
      killFor: (container, message) => this.#kill(container, message),
    };
  }

  /** CrashLoopBackOff and the waits after failures. */
  #mayStart(container: AnyContainer): boolean {
    const nowMs = this.#context.clock.now();
    const entry = this.#waiting.get(container.name);
    const last = newest(this.#runtime, container.name);
    if (last?.state === 'exited') {
      const key = `${formatPod(this.#pod)}_${container.name}_${containerHash(container)}`;
      const remainingMs = this.#options.restarts.remainingMs(key, last.finishedAtMs);
      if (remainingMs > 0) {
        this.#backOff(container, key, nowMs + remainingMs);
        return false;
      }
      if (entry?.reason !== 'CrashLoopBackOff' && entry && entry.retryAtMs > nowMs) return this.#later(entry);
      this.#options.restarts.next(key, last.finishedAtMs);
      return true;
    }
    return entry && entry.retryAtMs > nowMs ? this.#later(entry) : true;
  }
  #later(entry: WaitingEntry): false {
    this.#kickAt(entry.retryAtMs);
    return false;
  }
  #backOff(container: AnyContainer, key: string, untilMs: number): void {
    this.#kickAt(untilMs);
    if (this.#waiting.get(container.name)?.reason === 'CrashLoopBackOff') return;
    const message = `back-off ${delayText(this.#options.restarts.delayMs(key))} restarting failed container=${container.name} pod=${formatPod(this.#pod)}`;
    this.#waiting.set(container.name, { reason: 'CrashLoopBackOff', message, retryAtMs: untilMs });
    const text = `Back-off restarting failed container ${container.name} in pod ${formatPod(this.#pod)}`;
    this.#context.events.event(containerReference(this.#pod, container), 'Warning', 'BackOff', text);
  }

  #checkDeadline(): void {
    const { activeDeadlineSeconds } = this.#pod.spec ?? {};
    const { startTime } = this.#writer.shown;
    if (activeDeadlineSeconds === undefined || !startTime) return;
    const deadlineMs = Date.parse(startTime) + activeDeadlineSeconds * 1000;
    if (this.#context.clock.now() < deadlineMs) {
      this.#kickAt(deadlineMs);
      return;
    }
    const message = 'Pod was active on the node longer than the specified deadline';
    this.#context.events.event(podReference(this.#pod), 'Normal', 'DeadlineExceeded', message);
    this.fail('DeadlineExceeded', message);
  }

  /** Ends a running container once; `probe` names the probe whose grace period may differ. */
  #kill(container: ObservedContainer, message: string, probe?: 'startup' | 'liveness' | 'stale'): Promise<void> {
    const known = this.#kills.get(container.id);
    if (known) return known;
    const spec = this.#containerNamed(container.name);
    const own = probe === 'liveness' ? spec?.livenessProbe : probe === 'startup' ? spec?.startupProbe : undefined;
    const graceSeconds = own?.terminationGracePeriodSeconds ?? this.#pod.spec?.terminationGracePeriodSeconds ?? 30;
    this.#context.probes.forget(container.id);
    const killing = killContainer(this.#context, { pod: this.#pod, container: spec, observed: container, graceSeconds, message, podIp: this.#podIp() })
      .then(() => this.#refreshContainer(container.id))
      .catch((error: unknown) => this.#log.error('Cannot end container', { container: container.name, err: error }))
      .then(() => {
        this.#kills.delete(container.id);
        this.kick();
      });
    this.#kills.set(container.id, killing);
    return killing;
  }

  /** Begins the pod's end, or shortens the time it has. */
  #end(graceSeconds: number): void {
    if (this.#phase !== 'running') {
      this.#shortenGrace(graceSeconds);
      if (this.#phase === 'ended') void this.#finish();
      return;
    }
    this.#phase = 'ending';
    this.#graceSeconds = graceSeconds;
    this.#laneAbort.abort();
    this.#timer?.cancel();
    this.#runEnding().catch((error: unknown) => {
      this.#log.error('Cannot end pod; trying again', { err: error });
      this.#phase = 'running';
      this.#laneAbort = new AbortController();
      this.#retryAtMs = this.#context.clock.now() + MAX_START_RETRY_MS;
      this.#context.clock.setTimer(MIN_START_RETRY_MS, () => void (this.#isStopped || this.#end(this.#graceSeconds)));
    });
  }

  #shortenGrace(graceSeconds: number): void {
    if (this.#phase !== 'ending' || graceSeconds >= this.#graceSeconds) return;
    this.#graceSeconds = graceSeconds;
    for (const container of this.#running()) void stopContainer(this.#context, container.id, graceSeconds).catch(() => undefined);
  }

  async #runEnding(): Promise<void> {
    await this.#lane;
    await Promise.all(this.#kills.values());
    this.#writeStatus();
    for (;;) {
      await this.#killRunning(this.#graceSeconds);
      if (this.#running().length === 0) break;
      await this.#context.clock.sleep(MIN_START_RETRY_MS);
    }
    await this.#stopSandboxes();
    for (const { id } of this.#runtime.containers) this.#context.probes.forget(id);
    this.#phase = 'ended';
    this.#writeStatus();
    await this.#finish();
  }

  #finishing: Promise<void> | undefined;
  /** Gives back what the ended pod held; once it is deleted, everything that reminds of it. */
  #finish(): Promise<void> {
    this.#finishing ??= this.#release().finally(() => (this.#finishing = undefined));
    return this.#finishing;
  }
  async #release(): Promise<void> {
    const { uid = '', namespace, name = '' } = this.#pod.metadata;
    await this.#writer.settled();
    if (this.#isStopped) return;
    const isDeleted = this.#isRemovedFromApi || this.#pod.metadata.deletionTimestamp !== undefined;
    this.#context.cgroups.remove(uid, qosClassOf(this.#pod));
    if (!isDeleted) return;
    await removePodDir(this.#podDir);
    if (!this.#isRemovedFromApi) {
      try {
        await this.#context.client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } });
      } catch (error) {
        if (!isStatus(error, 'NotFound', 'Conflict')) {
          this.#log.warning('Cannot delete pod from the API; trying again', { err: error });
          this.#context.clock.setTimer(2000, () => void (this.#isStopped || this.#finish()));
          return;
        }
      }
    }
    this.#phase = 'gone';
    this.#context.cgroups.remove(uid, qosClassOf(this.#pod));
    await removeRuntimeLeftovers(this.#context, this.#pod, this.#runtime);
    this.stop();
    this.#options.restarts.forget(formatPod(this.#pod));
    this.#options.gone();
  }

  async #killRunning(graceSeconds: number): Promise<void> {
    const running = this.#running();
    for (const { id } of running) this.#context.probes.forget(id);
    await killContainers(this.#context, this.#pod, running, graceSeconds, this.#podIp());
    await Promise.all(running.map(({ id }) => this.#refreshContainer(id)));
  }
  async #stopSandboxes(): Promise<void> {
    for (const { id: podSandboxId } of this.#runtime.sandboxes) {
      try {
        await this.#context.cri.call('StopPodSandbox', { podSandboxId });
      } catch (error) {
        if (!isRuntimeNotFound(error)) throw error;
      }
      await this.#refreshSandbox(podSandboxId);
    }
  }
  #running(): ObservedContainer[] {
    return this.#runtime.containers.filter(({ state }) => state === 'running' || state === 'unknown');
  }

  #watchProbes(): void {
    for (const observed of this.#runtime.containers) {
      const isProbed = observed.state === 'running' && !this.#hooking.has(observed.id);
      const container = isProbed ? this.#containerNamed(observed.name) : undefined;
      if (container) this.#context.probes.watch({ pod: this.#pod, container, observed, podIp: this.#podIp(), changed: () => this.kick() });
    }
  }
  #containerNamed(name: string): AnyContainer | undefined {
    const spec = this.#pod.spec;
    return [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])].find((container) => container.name === name);
  }
  #podIp(): string {
    return (this.#pod.spec?.hostNetwork ? this.#context.hostIps()[0] : currentSandbox(this.#runtime)?.ips[0]) ?? '';
  }

  #setWaiting(name: string, entry: WaitingEntry | undefined): void {
    if (entry) this.#waiting.set(name, entry);
    else this.#waiting.delete(name);
    if (entry) this.#kickAt(entry.retryAtMs);
    this.kick();
  }
  #setRuntime(runtime: PodRuntime): void {
    this.#runtime = runtime;
    this.kick();
  }
  #addSandbox(sandbox: ObservedSandbox): void {
    this.#options.track(sandbox.id);
    this.#setRuntime({ ...this.#runtime, sandboxes: [sandbox, ...this.#runtime.sandboxes] });
  }
  #putContainer(container: ObservedContainer): void {
    const before = this.#runtime.containers.find(({ id }) => id === container.id);
    if (container.state === 'exited' && before?.state !== 'exited') this.#messages.set(container.id, readTerminationMessage(container));
    if (!before) this.#options.track(container.id);
    const containers = before ? this.#runtime.containers.map((item) => (item === before ? container : item)) : [container, ...this.#runtime.containers];
    this.#setRuntime({ ...this.#runtime, containers });
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
  /** Of each container the newest instance and one dead before it are kept. */
  #dropOld(name: string): void {
    const dead = this.#runtime.containers.filter((container) => container.name === name && container.state === 'exited');
    for (const { id } of dead.slice(2)) {
      void this.#context.cri.call('RemoveContainer', { containerId: id }).catch(() => undefined);
      this.#forgetContainer(id);
    }
  }
  #forgetContainer(id: string): void {
    this.#messages.delete(id);
    this.#context.probes.forget(id);
    this.#setRuntime({ ...this.#runtime, containers: this.#runtime.containers.filter((container) => container.id !== id) });
  }

  /** After a failure the runtime may hold what it made although its answer was lost. */
  async #observeAgain(): Promise<void> {
    if (this.#isStopped) return;
    try {
      const found = await observePod(this.#context.cri, this.#pod.metadata.uid ?? '');
      for (const { id } of [...found.sandboxes, ...found.containers]) this.#options.track(id);
      this.#setRuntime(found);
    } catch (error) {
      this.#log.debug('Cannot observe pod', { err: error });
    }
  }

  /** Whether the container is known to have ended (or to be gone). */
  async #refreshContainer(id: string): Promise<boolean> {
    const known = this.#runtime.containers.find((container) => container.id === id);
    if (!known) return true;
    try {
      const { status } = await this.#context.cri.call('ContainerStatus', { containerId: id });
      if (!status) return true;
      const observed = observeContainer(status, known.sandboxId);
      if (observed.state !== known.state) this.#putContainer(observed);
      return observed.state === 'exited';
    } catch (error) {
      if (!isRuntimeNotFound(error)) return false;
      this.#forgetContainer(id);
      return true;
    }
  }
  async #refreshSandbox(id: string): Promise<boolean> {
    let status: PodSandboxStatus | undefined;
    try {
      ({ status } = await this.#context.cri.call('PodSandboxStatus', { podSandboxId: id }));
    } catch (error) {
      if (!isRuntimeNotFound(error)) return false;
    }
    const observed = status ? observeSandbox(status) : undefined;
    const sandboxes = this.#runtime.sandboxes.flatMap((sandbox) =>
      sandbox.id !== id ? [sandbox] : observed ? [{ ...observed, ips: observed.ips.length > 0 ? observed.ips : sandbox.ips }] : [],
    );
    this.#setRuntime({ ...this.#runtime, sandboxes });
    return !observed?.isReady;
  }

  async #refreshVolumes(): Promise<void> {
    if (this.#refreshing || this.#phase !== 'running' || this.#lane || this.#runtime.sandboxes.length === 0) return;
    this.#refreshing = true;
    try {
      await refreshVolumes(this.#podDir, volumeContextOf(this.#context, this.#pod, currentSandbox(this.#runtime)?.ips ?? []));
    } catch (error) {
      this.#log.warning('Cannot refresh volumes', { err: error });
    } finally {
      this.#refreshing = false;
    }
  }

  /** A sync at that time at the latest; each sync asks anew for what it waits for. */
  #kickAt(atMs: number): void {
    if (atMs >= this.#timerAtMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.#context.clock.setTimer(Math.max(1, atMs - this.#context.clock.now()), () => {
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.kick();
    });
  }

  #writeStatus(): void {
    if (this.#phase === 'gone' || this.#isRemovedFromApi) return;
    const { clock } = this.#context;
    const isOver = this.#phase === 'ended' || (this.#phase === 'running' && areMainsOver(this.#pod, this.#runtime) && this.#runtime.containers.length > 0);
    const status: PodStatus = buildPodStatus({
      pod: this.pod,
      runtime: this.#runtime,
      waiting: (name) => this.#waiting.get(name),
      probes: (container) => ({
        isStarted: this.#context.probes.verdictOf(container).isStarted,
        isReady: this.#phase === 'running' && this.#context.probes.isReady(container),
      }),
      terminationMessage: (container) => this.#messageOf(container),
      isEnding: this.#phase !== 'running',
      isOver,
      verdict: this.#verdict,
      hostIps: this.#context.hostIps(),
      nowMs: clock.now(),
    });
    this.#writer.write(status);
  }
  #messageOf(container: ObservedContainer): string {
    let message = this.#messages.get(container.id);
    if (message === undefined) {
      message = readTerminationMessage(container);
      this.#messages.set(container.id, message);
    }
    return message;
  }
}
