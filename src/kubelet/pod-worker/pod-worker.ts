/**
 * The life of one pod on this node:
 *
 *   running --deletion, deadline, removal from the API--> ending --containers and sandbox gone--> ended --final status, DELETE--> gone
 *
 * `#sync` is quick and runs whenever something changed: it plans, starts lanes for what takes time, and writes the status. One lane starts
 * things, and one per container ends it; whatever they finish causes the next sync. The way from ending to gone is `pod-ending.ts`.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Pod } from '#api/types/core-v1';
import type { Log } from '#lib';
import type { Backoff } from '../backoff.ts';
import type { KubeletContext } from '../context.ts';
import { refreshVolumes } from '../volumes/pod-volumes.ts';
import { ContainerWaits } from './container-waits.ts';
import { deletionGraceSecondsOf, graceSecondsOf } from './kill.ts';
import { type AnyContainer, findContainer, formatPod } from './labels.ts';
import { currentSandbox, newest, type PodRuntime } from './observed.ts';
import { areMainsOver, hasInitFailed, planPod, type PodPlan } from './plan.ts';
import { PodEnding } from './pod-ending.ts';
import { buildPodStatus } from './pod-status.ts';
import { podReference } from './references.ts';
import { RuntimeView } from './runtime-view.ts';
import { type LaneHost, PodStartError, runStartLane, volumeContextOf } from './start-lane.ts';
import { createStatusWriter, type StatusWriter } from './status-writer.ts';
import { SyncSchedule } from './sync-schedule.ts';
import { VolumeRefresh } from './volume-refresh.ts';

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

const MAX_START_RETRY_MS = 10_000;
const MIN_START_RETRY_MS = 500;

export class PodWorker {
  readonly #context: KubeletContext;
  readonly #options: PodWorkerOptions;
  readonly #log: Log;
  readonly #podDir: string;
  readonly #writer: StatusWriter;
  /** What the runtime holds of the pod; events and listings go there. */
  readonly view: RuntimeView;
  readonly #waits: ContainerWaits;
  readonly #ending: PodEnding;
  readonly #schedule: SyncSchedule;
  readonly #volumes: VolumeRefresh;
  readonly #hooking = new Set<string>();
  #pod: Pod;
  #isRemovedFromApi = false;
  #verdict: { reason: string; message: string } | undefined;
  #lane: Promise<void> | undefined;
  #laneAbort = new AbortController();
  #startRetryMs = 0;
  #retryAtMs = 0;
  #isStopped = false;

  constructor(options: PodWorkerOptions) {
    const { context, pod } = options;
    this.#options = options;
    this.#context = context;
    this.#pod = pod;
    this.#log = context.log.with({ pod: `${pod.metadata.namespace}/${pod.metadata.name}` });
    this.#podDir = join(context.rootDir, 'pods', pod.metadata.uid ?? '');
    this.#schedule = new SyncSchedule(context.clock, () => this.#trySync());
    this.#writer = createStatusWriter(context.client, pod, context.clock, this.#log);
    this.view = new RuntimeView({
      context,
      uid: pod.metadata.uid ?? '',
      found: options.runtime,
      track: (id) => options.track(id),
      changed: () => this.kick(),
    });
    this.#waits = new ContainerWaits(context, options.restarts, (atMs) => this.#schedule.at(atMs));
    this.#volumes = new VolumeRefresh({
      log: this.#log,
      mayRefresh: () => !this.isEnding && !this.#lane && this.view.current.sandboxes.length > 0,
      refresh: () => refreshVolumes(this.#podDir, volumeContextOf(context, this.#pod, currentSandbox(this.view.current)?.ips ?? [])),
    });
    this.#ending = this.#makeEnding();
    this.kick();
  }

  /** The pod with the status that is shown or about to be. */
  get pod(): Pod {
    return { ...this.#pod, status: this.#writer.shown };
  }
  get isEnding(): boolean {
    return this.#ending.phase !== 'running';
  }

  /** The API's object changed. */
  update(pod: Pod): void {
    const { labels, annotations } = this.#pod.metadata;
    const isShownElsewhere = !isDeepStrictEqual([labels, annotations], [pod.metadata.labels, pod.metadata.annotations]);
    this.#pod = pod;
    // Downward API volumes show labels and annotations.
    if (isShownElsewhere) this.#volumes.request();
    this.#writer.observe(pod);
    this.kick();
  }
  /** The API no longer has it. */
  remove(pod: Pod): void {
    this.#isRemovedFromApi = true;
    this.#pod = { ...pod, status: this.#writer.shown };
    this.#ending.begin(Math.max(1, deletionGraceSecondsOf(this.#pod)));
  }
  /** Ends the pod as failed: deadline, eviction. */
  fail(reason: string, message: string, graceSeconds?: number): void {
    this.#verdict ??= { reason, message };
    this.#ending.begin(graceSeconds ?? graceSecondsOf(this.#pod));
  }
  /** A referenced object or a token changed. */
  refresh(): void {
    this.#waits.retryObjects();
    this.#retryAtMs = 0;
    this.#volumes.request();
    this.kick();
  }
  /** An image appeared: containers that wait for one try again. */
  retryImages(): void {
    this.#waits.retryImages();
    this.kick();
  }
  /** A token of the pod is due: its volumes get a new one. */
  renewTokens(): void {
    const renewAtMs = this.#context.tokens.nextRenewalMs(this.#pod.metadata.uid ?? '');
    if (renewAtMs !== undefined && renewAtMs <= this.#context.clock.now()) this.#volumes.request();
  }
  /** The kubelet stops: nothing more is done, containers go on. */
  stop(): void {
    this.#isStopped = true;
    this.#schedule.stop();
    this.#laneAbort.abort();
    this.#writer.stop();
    this.view.stop();
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
    this.#schedule.soon();
  }

  #trySync(): void {
    try {
      this.#sync();
    } catch (error) {
      this.#log.error('Cannot sync pod', { err: error });
      this.#schedule.at(this.#context.clock.now() + MAX_START_RETRY_MS);
    }
  }
  #sync(): void {
    if (this.#pod.metadata.deletionTimestamp) this.#ending.begin(deletionGraceSecondsOf(this.#pod));
    else if (!this.isEnding) this.#checkDeadline();
    if (!this.isEnding) this.#proceed();
    this.#writeStatus();
  }

  #proceed(): void {
    const { phase } = this.#writer.shown;
    const runtime = this.view.current;
    if (phase === 'Succeeded' || phase === 'Failed' || hasInitFailed(this.#pod, runtime)) {
      this.#ending.begin(graceSecondsOf(this.#pod));
      return;
    }
    this.#watchProbes();
    const plan = planPod(this.#pod, runtime, (container) => this.#context.probes.verdictOf(container));
    for (const kill of plan.kill) void this.#ending.kill(kill.container, kill.message, kill.reason === 'changed' ? undefined : kill.reason);
    if (this.#lane) return;
    if (plan.stopAll && plan.sandboxAttempt === undefined) {
      this.#ending.begin(graceSecondsOf(this.#pod));
      return;
    }
    if (this.#context.clock.now() < this.#retryAtMs) {
      this.#schedule.at(this.#retryAtMs);
      return;
    }
    const start = plan.start.filter((container) => this.#waits.mayStart(this.#pod, container, newest(runtime, container.name)));
    if (plan.sandboxAttempt === undefined && start.length === 0) return;
    this.#lane = this.#runLane(plan, start).finally(() => {
      this.#lane = undefined;
      void this.#volumes.proceed();
      this.kick();
    });
  }

  async #runLane(plan: PodPlan, start: readonly AnyContainer[]): Promise<void> {
    try {
      if (plan.stopAll) {
        await this.#ending.stopContainers(graceSecondsOf(this.#pod));
        await this.#ending.stopSandboxes();
        if (this.view.current.sandboxes.length > 0)
          this.#context.events.event(podReference(this.#pod), 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
      }
      await runStartLane(this.#context, this.#laneHost(), { sandboxAttempt: plan.sandboxAttempt, start });
      this.#startRetryMs = 0;
    } catch (error) {
      await this.view.observeAgain();
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
      sandbox: () => currentSandbox(this.view.current),
      newest: (name) => newest(this.view.current, name),
      sandboxMade: (sandbox) => this.view.addSandbox(sandbox),
      created: (id) => this.#options.track(id),
      containerChanged: (container) => this.view.putContainer(container),
      hooking: (id, isRunning) => {
        if (isRunning) this.#hooking.add(id);
        else this.#hooking.delete(id);
        this.kick();
      },
      waits: (name, entry) => {
        this.#waits.set(name, entry);
        this.kick();
      },
      killFor: (container, message) => this.#ending.kill(container, message),
    };
  }

  #makeEnding(): PodEnding {
    return new PodEnding(this.#context, this.view, {
      log: this.#log,
      podDir: this.#podDir,
      pod: () => this.#pod,
      podIp: () => this.#podIp(),
      isRemovedFromApi: () => this.#isRemovedFromApi,
      isStopped: () => this.#isStopped,
      quiesce: async () => {
        this.#laneAbort.abort();
        this.#schedule.cancel();
        await this.#lane;
      },
      resume: () => {
        this.#laneAbort = new AbortController();
        this.#retryAtMs = this.#context.clock.now() + MAX_START_RETRY_MS;
      },
      showStatus: () => this.#writeStatus(),
      changed: () => this.kick(),
      settled: () => this.settled(),
      gone: () => {
        this.stop();
        this.#options.restarts.forget(formatPod(this.#pod));
        this.#options.gone();
      },
    });
  }

  #checkDeadline(): void {
    const { activeDeadlineSeconds } = this.#pod.spec ?? {};
    const { startTime } = this.#writer.shown;
    if (activeDeadlineSeconds === undefined || !startTime) return;
    const deadlineMs = Date.parse(startTime) + activeDeadlineSeconds * 1000;
    if (this.#context.clock.now() < deadlineMs) {
      this.#schedule.at(deadlineMs);
      return;
    }
    const message = 'Pod was active on the node longer than the specified deadline';
    this.#context.events.event(podReference(this.#pod), 'Normal', 'DeadlineExceeded', message);
    this.fail('DeadlineExceeded', message);
  }

  #watchProbes(): void {
    for (const observed of this.view.current.containers) {
      const isProbed = observed.state === 'running' && !this.#hooking.has(observed.id);
      const container = isProbed ? findContainer(this.#pod, observed.name) : undefined;
      if (container) this.#context.probes.watch({ pod: this.#pod, container, observed, podIp: this.#podIp(), changed: () => this.kick() });
    }
  }
  #podIp(): string {
    return (this.#pod.spec?.hostNetwork ? this.#context.hostIps()[0] : currentSandbox(this.view.current)?.ips[0]) ?? '';
  }

  #writeStatus(): void {
    const { phase } = this.#ending;
    if (phase === 'gone' || this.#isRemovedFromApi) return;
    const runtime = this.view.current;
    const { probes } = this.#context;
    const status = buildPodStatus({
      pod: this.pod,
      runtime,
      waiting: (name) => this.#waits.get(name),
      probes: (container) => ({ isStarted: probes.verdictOf(container).isStarted, isReady: phase === 'running' && probes.isReady(container) }),
      terminationMessage: (container) => this.view.messageOf(container),
      isEnding: phase !== 'running',
      isOver: phase === 'ended' || (phase === 'running' && areMainsOver(this.#pod, runtime) && runtime.containers.length > 0),
      verdict: this.#verdict,
      hostIps: this.#context.hostIps(),
      nowMs: this.#context.clock.now(),
    });
    this.#writer.write(status);
  }
}
