import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isStatus, pods, runtimeClasses, secrets, services } from '#api';
import type { Pod, Secret, Service } from '#api/types/core-v1';
import { createEventRecorder, createInformer, type EventRecorder, type Informer } from '#client';
import { type Clock, createLog, type Log, systemClock, systemRandom } from '#lib';
import { createKubeletAuthorizer } from './authorize.ts';
import { createBackend } from './backend.ts';
import { createPodCgroups } from './cgroups/cgroups.ts';
import type { KubeletContext } from './context.ts';
import { createCriClient, type CriClient } from './cri/cri-client.ts';
import { createHousekeeping, type Housekeeping } from './housekeeping.ts';
import { ensurePauseImage } from './images/pause-import.ts';
import { PAUSE_IMAGE } from './images/pause-image.ts';
import { createImagePuller } from './images/puller.ts';
import { readMachineInfo } from './node/machine-info.ts';
import { keepNodeLease } from './node/node-lease.ts';
import { NodeKeeper } from './node/node-keeper.ts';
import type { KubeletOptions } from './options.ts';
import { PodWorkers } from './pod-workers.ts';
import { createProbes } from './probes/probes.ts';
import { createReferencedObjects } from './referenced-objects.ts';
import { followRuntimeEvents } from './runtime-events.ts';
import type { KubeletServer } from './streaming/kubelet-server.ts';
import type { KubeletBackend } from './streaming/contract.ts';
import { createTokens } from './volumes/tokens.ts';

/** The node agent; has the shape of cluster's Component. */
export interface Kubelet {
  readonly name: 'kubelet';
  /** What its HTTP server asks of it. */
  readonly backend: KubeletBackend;
  /** Resolves when the Node is registered and pods are being run. Throws an Error that names cause and cure. */
  start(): Promise<void>;
  /** Stops the agent; pods run on and are adopted by the next start. */
  stop(): Promise<void>;
  health(): string | undefined;
}

/** Runs the pods that the API binds to this node, on a container runtime that already answers. */
export function createKubelet(options: KubeletOptions): Kubelet {
  return new NodeAgent(options);
}

const RELIST_MS = 60_000;
const RELIST_WITHOUT_EVENTS_MS = 1000;
const CLEAN_UP_MS = 60_000;
const STOP_MS = 5000;
const CLEAN_UP_RETRY_MS = 1000;

class NodeAgent implements Kubelet {
  readonly name = 'kubelet';
  readonly backend: KubeletBackend;
  readonly #options: KubeletOptions;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #socketPath: string;
  readonly #cri: CriClient;
  readonly #events: EventRecorder;
  readonly #context: KubeletContext;
  readonly #workers: PodWorkers;
  readonly #keeper: NodeKeeper;
  #services: Informer<Service> | undefined;
  #abort = new AbortController();
  #hasEvents = false;
  #isRunning = false;
  #knowsPods = false;
  #server: KubeletServer | undefined;
  #housekeeping: Housekeeping | undefined;
  #loops: Promise<unknown>[] = [];

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.#log = options.log ?? createLog('kubelet');
    this.#clock = options.clock ?? systemClock;
    this.#socketPath = options.containerdSocket ?? '/run/k3s/containerd/containerd.sock';
    this.#cri = createCriClient(this.#socketPath);
    this.#events = createEventRecorder(options.client, { component: 'kubelet', host: options.nodeName, clock: this.#clock, log: this.#log });
    const machine = readMachineInfo();
    const rootDir = options.rootDir ?? '/var/lib/kubelet';
    const shared = { options, client: options.client, cri: this.#cri, events: this.#events, machine, rootDir, clock: this.#clock, log: this.#log };
    this.#keeper = new NodeKeeper(shared, () => this.#retryAll());
    this.#context = this.#makeContext(rootDir, machine.memoryBytes);
    this.#workers = new PodWorkers(this.#context);
    this.backend = createBackend(this.#context, this.#workers, () => this.health());
  }

  async start(): Promise<void> {
    const { rootDir, podLogsDir } = this.#context;
    for (const dir of [join(rootDir, 'pods'), join(rootDir, 'seccomp'), podLogsDir]) mkdirSync(dir, { recursive: true, mode: 0o750 });
    this.#abort = new AbortController();
    this.#knowsPods = false;
    const { signal } = this.#abort;
    const { client } = this.#options;
    try {
      this.#context.cgroups.prepare();
      const isOwnPause = (this.#options.sandboxImage ?? PAUSE_IMAGE) === PAUSE_IMAGE;
      this.#services = createInformer(client, services, { signal, log: this.#log });
      await Promise.all([this.#workers.adopt(), isOwnPause ? ensurePauseImage(this.#cri, this.#socketPath, this.#clock) : undefined]);
      await this.#startServer();
      this.#isRunning = true;
      const podInformer = createInformer(client, pods, { signal, fieldSelector: `spec.nodeName=${this.#options.nodeName}`, log: this.#log });
      this.#loops = [
        followRuntimeEvents({ channel: this.#cri.channel, clock: this.#clock, log: this.#log, ...this.#eventHandlers() }, signal),
        this.#relistLoop(signal),
        this.#startNode(signal),
        this.#startPods(podInformer),
      ];
      await Promise.all([this.#loops[2], podInformer.synced]);
      this.#housekeeping = this.#makeHousekeeping();
      await this.#housekeeping.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#abort.abort();
    await this.#housekeeping?.stop();
    this.#housekeeping = undefined;
    // A call that is cut off would leave a container that failed to start.
    await Promise.race([this.#workers.stop(), this.#clock.sleep(STOP_MS)]);
    this.#context.probes.stop();
    this.#context.objects.stop();
    await this.#server?.stop();
    this.#server = undefined;
    this.#cri.close();
    await Promise.allSettled(this.#loops);
  }

  health(): string | undefined {
    return this.#isRunning ? this.#keeper.runtimeProblem : 'kubelet is not running';
  }

  async #startServer(): Promise<void> {
    const { serving } = this.#options;
    if (!serving) return;
    const { createKubeletServer } = await import('./streaming/kubelet-server.ts');
    const authorize = createKubeletAuthorizer(this.#options.client, this.#options.nodeName, this.#clock);
    this.#server = createKubeletServer({ serving, backend: this.backend, authorize, log: this.#log, clock: this.#clock });
    await this.#server.start();
  }

  #makeHousekeeping(): Housekeeping {
    return createHousekeeping({
      context: this.#context,
      workers: this.#workers,
      backend: this.backend,
      imagesDir: join(this.#options.dataDir, 'agent/images'),
      socketPath: this.#socketPath,
      sandboxImage: this.#options.sandboxImage ?? PAUSE_IMAGE,
      thresholds: this.#options.imageGc ?? { highThresholdPercent: 85, lowThresholdPercent: 80 },
      imagesChanged: () => this.#keeper.check(),
    });
  }

  async #startNode(signal: AbortSignal): Promise<void> {
    await this.#keeper.register(signal);
    const { client, nodeName, leaseRenewIntervalMs: renewIntervalMs } = this.#options;
    const lease = { client, nodeName, renewIntervalMs, nodeUid: () => this.#keeper.uid, clock: this.#clock, log: this.#log };
    this.#loops.push(this.#keeper.run(signal), keepNodeLease(lease, signal));
  }

  async #startPods(informer: Informer<Pod>): Promise<void> {
    informer.on({ added: (pod) => this.#workers.set(pod), updated: (pod) => this.#workers.set(pod), deleted: (pod) => this.#workers.remove(pod) });
    await informer.synced;
    this.#knowsPods = true;
    await this.#cleanUp();
  }

  async #cleanUp(): Promise<void> {
    // While the API's pods are unknown, every container would look like nobody's.
    if (!this.#knowsPods) return;
    try {
      await this.#workers.removeOrphans();
    } catch (error) {
      if (!this.#isRunning) return;
      this.#log.warning('Cannot remove what belongs to no pod; trying again', { err: error });
      this.#clock.setTimer(CLEAN_UP_RETRY_MS, () => void this.#cleanUp());
    }
  }

  #eventHandlers() {
    return {
      ended: (id: string) => this.#workers.onRuntimeEvent(id),
      outOfMemory: (id: string) => this.#workers.onOutOfMemory(id),
      connected: () => {
        this.#hasEvents = true;
        void this.#relist();
        this.#keeper.check();
      },
      lost: () => {
        this.#hasEvents = false;
        this.#keeper.check();
      },
    };
  }
  async #relist(): Promise<void> {
    try {
      await this.#workers.relist();
    } catch (error) {
      this.#log.debug('Cannot list containers', { err: error });
    }
  }
  /** Events are the rule; the listing finds what one of them should have told. */
  async #relistLoop(signal: AbortSignal): Promise<void> {
    for (let sinceCleanUpMs = 0; !signal.aborted; ) {
      const delayMs = this.#hasEvents ? RELIST_MS : RELIST_WITHOUT_EVENTS_MS;
      await this.#clock.sleep(delayMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.#relist();
      sinceCleanUpMs += delayMs;
      if (sinceCleanUpMs < CLEAN_UP_MS) continue;
      sinceCleanUpMs = 0;
      await this.#cleanUp();
    }
  }
  #retryAll(): void {
    for (const worker of this.#workers.all()) worker.refresh();
  }

  #makeContext(rootDir: string, nodeMemoryBytes: number): KubeletContext {
    const { client, nodeName, nodeIps, clusterDns, clusterDomain = 'cluster.local', cgroupRoot = '', cgroupDriver = 'cgroupfs' } = this.#options;
    const clock = this.#clock;
    const log = this.#log;
    const random = this.#options.random ?? systemRandom;
    const objects = createReferencedObjects(client, (uid) => this.#workers.get(uid)?.refresh(), log);
    return {
      client,
      cri: this.#cri,
      events: this.#events,
      objects,
      images: createImagePuller({ cri: this.#cri, events: this.#events, clock, pullSecrets: (pod) => this.#pullSecrets(pod) }),
      tokens: createTokens(client, clock),
      cgroups: createPodCgroups({ root: cgroupRoot, driver: cgroupDriver, log }),
      probes: createProbes({ cri: this.#cri, events: this.#events, clock, random }),
      clock,
      log,
      nodeName,
      rootDir,
      podLogsDir: this.#options.podLogsDir ?? '/var/log/pods',
      runtimeStateDir: dirname(this.#socketPath),
      dns: { clusterDns, clusterDomain, resolvConf: this.#options.resolvConf ?? '/etc/resolv.conf' },
      nodeMemoryBytes,
      hostIps: () => nodeIps,
      nodeAllocatable: () => this.#keeper.allocatable(),
      services: () => this.#services?.store.list() ?? [],
      networkProblem: () => this.#keeper.networkProblem,
      runtimeHandler: (pod) => this.#runtimeHandler(pod),
    };
  }

  /** Secrets that the pod names; those of its service account the API server has copied into the pod. */
  async #pullSecrets(pod: Pod): Promise<readonly Secret[]> {
    const names = (pod.spec?.imagePullSecrets ?? []).map((reference) => reference.name ?? '').filter(Boolean);
    const found = await Promise.all(names.map((name) => this.#context.objects.get(pod.metadata.uid ?? '', secrets, pod.metadata.namespace, name)));
    return found.filter((secret) => secret !== undefined);
  }

  async #runtimeHandler(pod: Pod): Promise<string> {
    const name = pod.spec?.runtimeClassName;
    if (!name) return '';
    try {
      return (await this.#options.client.get(runtimeClasses, { name })).handler;
    } catch (error) {
      if (isStatus(error, 'NotFound')) throw new Error(`failed to get sandbox runtime: RuntimeClass "${name}" not found`, { cause: error });
      throw error;
    }
  }
}
