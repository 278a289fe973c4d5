/** Registers the Node and keeps its status true: written when something changed, otherwise every five minutes. */
import { isDeepStrictEqual } from 'node:util';
import { readFileSync } from 'node:fs';
import { isStatus, type JsonObject, type JsonValue, nodes } from '#api';
import type { ContainerImage, Node, NodeStatus } from '#api/types/core-v1';
import { type Client, createInformer, type EventRecorder, type Informer } from '#client';
import { type Clock, type Log, rfc3339 } from '#lib';
import type { CriClient } from '../cri/cri-client.ts';
import type { KubeletOptions } from '../options.ts';
import { type MachineInfo, readFilesystem } from './machine-info.ts';
import { newNode, nodeAnnotations, nodeCapacity, type NodeFacts, nodeLabels, nodeStatus } from './node-object.ts';

export interface NodeKeeperOptions {
  readonly options: KubeletOptions;
  readonly client: Client;
  readonly cri: CriClient;
  readonly events: EventRecorder;
  readonly machine: MachineInfo;
  readonly rootDir: string;
  readonly clock: Clock;
  readonly log: Log;
}

const REPORT_MS = 300_000;
const CHECK_MS = 10_000;
const NOT_READY_CHECK_MS = 100;
const MAX_IMAGES = 50;

export class NodeKeeper {
  readonly #keeper: NodeKeeperOptions;
  #node: Node | undefined;
  #informer: Informer<Node> | undefined;
  #problem: string | undefined = 'container runtime is down';
  #networkProblem: string | undefined = 'container runtime network not ready';
  #runtimeVersion = '';
  #runtimeHandlers: NodeFacts['runtimeHandlers'] = [];
  #reportedMs = Number.NEGATIVE_INFINITY;
  #wake: (() => void) | undefined;
  readonly #onNetworkReady: () => void;

  constructor(options: NodeKeeperOptions, onNetworkReady: () => void) {
    this.#keeper = options;
    this.#onNetworkReady = onNetworkReady;
  }

  get uid(): string | undefined {
    return this.#node?.metadata.uid;
  }
  get node(): Node | undefined {
    return this.#informer?.store.get(this.#keeper.options.nodeName) ?? this.#node;
  }
  get networkProblem(): string | undefined {
    return this.#networkProblem;
  }
  get runtimeProblem(): string | undefined {
    return this.#problem;
  }
  allocatable(): Record<string, string> {
    const { options, machine, rootDir } = this.#keeper;
    return this.#node?.status?.allocatable ?? nodeCapacity({ options, machine, ephemeralBytes: readFilesystem(rootDir).capacityBytes });
  }
  /** Something that the status shows may have changed. */
  check(): void {
    this.#wake?.();
  }

  /** Registers the Node; resolves when the API has it. */
  async register(signal: AbortSignal): Promise<void> {
    const { client, options, clock, log } = this.#keeper;
    await this.#checkRuntime();
    for (let delayMs = 200; ; delayMs = Math.min(delayMs * 2, 7000)) {
      try {
        this.#node = await this.#register();
        break;
      } catch (error) {
        if (signal.aborted) throw error;
        log.warning('Cannot register node; trying again', { err: error });
        await clock.sleep(delayMs, signal);
      }
    }
    this.#informer = createInformer(client, nodes, { signal, fieldSelector: `metadata.name=${options.nodeName}`, log });
    this.#informer.on({ deleted: () => void this.#registerAgain(signal) });
    this.#event('Normal', 'Starting', 'Starting kubelet.');
  }
  async #registerAgain(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#keeper.log.warning('The Node object was deleted; registering again');
    try {
      this.#node = await this.#register();
    } catch (error) {
      this.#keeper.log.error('Cannot register node again', { err: error });
    }
  }

  /** Keeps the status true until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#keeper;
    while (!signal.aborted) {
      const isReady = this.#problem === undefined && this.#networkProblem === undefined;
      await this.#pause(isReady ? CHECK_MS : NOT_READY_CHECK_MS, signal);
      if (signal.aborted) return;
      await this.#checkRuntime();
      try {
        await this.#report(clock.monotonic() - this.#reportedMs >= REPORT_MS);
      } catch (error) {
        log.warning('Cannot report node status', { err: error });
        await clock.sleep(1000, signal).catch(() => undefined);
      }
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const slept = new AbortController();
    this.#wake = () => slept.abort();
    await this.#keeper.clock.sleep(ms, AbortSignal.any([signal, slept.signal])).catch(() => undefined);
    this.#wake = undefined;
  }

  async #checkRuntime(): Promise<void> {
    const hadNetwork = this.#networkProblem === undefined;
    try {
      const { cri } = this.#keeper;
      if (!this.#runtimeVersion) {
        const { runtimeName, runtimeVersion } = await cri.call('Version', { version: 'v1' }, { timeoutMs: 10_000 });
        this.#runtimeVersion = `${runtimeName}://${runtimeVersion}`;
      }
      const { status, runtimeHandlers } = await cri.call('Status', { verbose: false }, { timeoutMs: 10_000 });
      const condition = (type: string) => status?.conditions.find((candidate) => candidate.type === type);
      const [runtime, network] = [condition('RuntimeReady'), condition('NetworkReady')];
      this.#problem = runtime?.status ? undefined : `container runtime not ready: RuntimeReady=false reason:${runtime?.reason} message:${runtime?.message}`;
      this.#networkProblem = network?.status
        ? undefined
        : `container runtime network not ready: NetworkReady=false reason:${network?.reason} message:${network?.message}`;
      this.#runtimeHandlers = runtimeHandlers.map(({ name, features }) => ({
        name,
        recursiveReadOnlyMounts: features?.recursiveReadOnlyMounts ?? false,
        userNamespaces: features?.userNamespaces ?? false,
      }));
    } catch {
      this.#runtimeVersion = '';
      this.#problem = 'container runtime is down';
    }
    if (!hadNetwork && this.#networkProblem === undefined) this.#onNetworkReady();
  }

  async #facts(): Promise<NodeFacts> {
    const { options, machine, rootDir, clock } = this.#keeper;
    const disk = readFilesystem(rootDir);
    return {
      options,
      machine,
      ephemeralBytes: disk.capacityBytes,
      availablePercent: (disk.availableBytes / disk.capacityBytes) * 100,
      inodesFreePercent: disk.inodes > 0 ? (disk.inodesFree / disk.inodes) * 100 : 100,
      availableMemoryBytes: Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) * 1024,
      runtimeVersion: this.#runtimeVersion,
      problem: this.#problem ?? this.#networkProblem,
      images: await this.#images(),
      runtimeHandlers: this.#runtimeHandlers,
      nowText: rfc3339(clock.now()),
    };
  }

  async #images(): Promise<ContainerImage[]> {
    try {
      const { images } = await this.#keeper.cri.call('ListImages', {}, { timeoutMs: 10_000 });
      return images
        .sort((a, b) => (b.size ?? 0) - (a.size ?? 0) || ((a.id ?? '') < (b.id ?? '') ? -1 : 1))
        .slice(0, MAX_IMAGES)
        .map((image) => ({ names: [...(image.repoDigests ?? []), ...(image.repoTags ?? [])].slice(0, 5), sizeBytes: image.size ?? 0 }));
    } catch {
      return [];
    }
  }

  async #register(): Promise<Node> {
    const { client, options } = this.#keeper;
    const facts = await this.#facts();
    try {
      const known = await client.get(nodes, { name: options.nodeName });
      return await this.#bringUpToDate(known, facts);
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
    try {
      const made = await client.create(nodes, newNode(facts));
      this.#event('Normal', 'RegisteredNode', `Node ${options.nodeName} registered`, made);
      if (made.status?.conditions?.length) return made;
      return await client.patch(
        nodes,
        { name: options.nodeName },
        { status: toJson(nodeStatus(facts, made.status)) },
        { type: 'strategic', subresource: 'status' },
      );
    } catch (error) {
      if (isStatus(error, 'AlreadyExists')) return await this.#register();
      throw error;
    }
  }

  /** A Node from an earlier start: labels and annotations that the kubelet owns, and the whole status. */
  async #bringUpToDate(known: Node, facts: NodeFacts): Promise<Node> {
    const { client, options } = this.#keeper;
    const ref = { name: options.nodeName };
    const labels = changed(nodeLabels(facts), known.metadata.labels ?? {});
    const annotations = changed(nodeAnnotations(facts), known.metadata.annotations ?? {});
    const providerID = known.spec?.providerID ? undefined : (options.providerId ?? `k3s://${options.nodeName}`);
    let node = known;
    if (labels || annotations || providerID) {
      const patch = { metadata: { ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) }, ...(providerID ? { spec: { providerID } } : {}) };
      node = await client.patch(nodes, ref, patch, { type: 'strategic' });
    }
    const status = toJson(nodeStatus(facts, node.status));
    this.#reportedMs = this.#keeper.clock.monotonic();
    return await client.patch(nodes, ref, { status: replaced(status) }, { type: 'strategic', subresource: 'status' });
  }

  async #report(isDue: boolean): Promise<void> {
    const { client, options, clock } = this.#keeper;
    const current = this.node;
    if (!current) return;
    const facts = await this.#facts();
    const status = nodeStatus(facts, current.status);
    if (!isDue && isDeepStrictEqual(comparable(status), comparable(current.status ?? {}))) return;
    this.#node = await client.patch(nodes, { name: options.nodeName }, { status: replaced(toJson(status)) }, { type: 'strategic', subresource: 'status' });
    this.#reportedMs = clock.monotonic();
    const was = readyOf(current.status);
    const is = readyOf(status);
    if (was === is) return;
    const [reason, text] = is === 'True' ? ['NodeReady', 'NodeReady'] : ['NodeNotReady', 'NodeNotReady'];
    this.#event('Normal', reason, `Node ${options.nodeName} status is now: ${text}`);
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string, node?: Node): void {
    const { events, options } = this.#keeper;
    // Upstream refers to nodes by name where the uid belongs.
    events.event(
      { kind: 'Node', apiVersion: 'v1', name: options.nodeName, uid: node?.metadata.uid ?? this.#node?.metadata.uid ?? options.nodeName },
      type,
      reason,
      message,
    );
  }
}

function readyOf(status: NodeStatus | undefined): string | undefined {
  return status?.conditions?.find((condition) => condition.type === 'Ready')?.status;
}

function changed(wanted: Record<string, string>, present: Readonly<Record<string, string>>): Record<string, string> | undefined {
  const different = Object.entries(wanted).filter(([key, value]) => present[key] !== value);
  return different.length > 0 ? Object.fromEntries(different) : undefined;
}

/** Lists that the kubelet owns as a whole are replaced, not merged. */
function replaced(status: JsonObject): JsonObject {
  const addresses = status['addresses'] as JsonValue[];
  return { ...status, addresses: [...addresses, { $patch: 'replace' }] };
}

function toJson(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}

/** Without what changes by itself: the heartbeats. */
function comparable(status: NodeStatus): unknown {
  const { conditions, capacity, allocatable, addresses, nodeInfo, images, daemonEndpoints } = toJson(status) as NodeStatus;
  return {
    capacity,
    allocatable,
    addresses,
    nodeInfo,
    images,
    daemonEndpoints,
    conditions: conditions?.map(({ type, status: value, reason, message }) => ({ type, value, reason, message })),
  };
}
