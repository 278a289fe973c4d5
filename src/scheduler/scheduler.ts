import { hostname } from 'node:os';
import { isStatus, keyOf, nodes, pods } from '#api';
import type { Binding, Node, Pod } from '#api/types/core-v1';
import { type Client, createEventRecorder, createInformerFactory, type EventRecorder, type InformerFactory } from '#client';
import { type Clock, createLog, describeError, type Log, type Random, systemClock, systemRandom } from '#lib';
import { schedule } from './cycle.ts';
import type { Plugin } from './framework.ts';
import { nodeEvents } from './node-events.ts';
import { isTerminal } from './pod-info.ts';
import { setPodScheduled } from './pod-status.ts';
import { defaultPlugins } from './plugins/index.ts';
import { type QueuedPod, SchedulingQueue } from './queue.ts';
import { ClusterState } from './snapshot.ts';

const SCHEDULER_NAME = 'default-scheduler';
/** Decisions are made in one go for at most this long; then others get their turn. */
const TURN_MS = 5;

export interface SchedulerOptions {
  readonly client: Client;
  /** Informers to share; absent: its own. */
  readonly informers?: InformerFactory | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** The machine's name in events. */
  readonly host?: string | undefined;
}

/** A Component (by shape) that gives pods their nodes. */
export interface Scheduler {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createScheduler(options: SchedulerOptions): Scheduler {
  return new DefaultScheduler(options);
}

/**
 * Informers → queue → decision → assumed on the node → bound in the background. Deciding is synchronous and takes microseconds; binding is a request
 * that nobody waits for: thirty pods of a burst are decided in one turn and bound together.
 */
class DefaultScheduler implements Scheduler {
  readonly name = 'scheduler';
  readonly #options: SchedulerOptions;
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #plugins: readonly Plugin[] = defaultPlugins;
  readonly #recorder: EventRecorder;
  readonly #state = new ClusterState();
  readonly #queue: SchedulingQueue;
  readonly #stopping = new AbortController();
  readonly #background = new Set<Promise<void>>();
  #removers: (() => void)[] = [];
  #isTurnPlanned = false;
  #hasSynced = false;
  #startIndex = 0;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#log = options.log ?? createLog('scheduler');
    this.#recorder = createEventRecorder(options.client, { component: SCHEDULER_NAME, host: options.host ?? hostname(), clock: this.#clock, log: this.#log });
    this.#queue = new SchedulingQueue({ clock: this.#clock, plugins: this.#plugins, ready: () => this.#planTurn() });
  }

  async start(): Promise<void> {
    const { signal } = this.#stopping;
    const informers = this.#options.informers ?? createInformerFactory(this.#client, { signal, clock: this.#clock, log: this.#log });
    const nodeInformer = informers.informer(nodes);
    const podInformer = informers.informer(pods);
    this.#removers = [
      nodeInformer.on({
        added: (node) => this.#nodeAdded(node),
        updated: (node, old) => this.#nodeUpdated(node, old),
        deleted: (node) => this.#state.removeNode(node.metadata.name ?? ''),
      }),
      podInformer.on({
        added: (pod) => this.#podSeen(pod),
        updated: (pod, old) => this.#podSeen(pod, old),
        deleted: (pod) => this.#podGone(pod),
      }),
    ];
    // Deciding on half of the pods would overcommit nodes.
    await Promise.all([nodeInformer.synced, podInformer.synced]);
    this.#hasSynced = true;
    this.#planTurn();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#queue.close();
    for (const remove of this.#removers.splice(0)) remove();
    await Promise.all(this.#background);
  }

  // --- what happens in the cluster

  #nodeAdded(node: Node): void {
    this.#state.setNode(node);
    this.#queue.happened('node-added');
  }
  #nodeUpdated(node: Node, old: Node): void {
    this.#state.setNode(node);
    for (const event of nodeEvents(node, old)) this.#queue.happened(event);
  }

  #podSeen(pod: Pod, old?: Pod): void {
    const key = keyOf(pod);
    if (pod.spec?.nodeName) {
      this.#queue.delete(key);
      if (isTerminal(pod)) return this.#podLeft(key);
      // Most updates are of the status, which decides nothing; resizes are read from it though.
      if (!old?.spec?.nodeName || this.#state.isAssumed(key) || old.metadata.generation !== pod.metadata.generation || hasResized(pod, old)) {
        this.#state.setPod(pod);
      }
      return undefined;
    }
    const isOurs = (pod.spec?.schedulerName || SCHEDULER_NAME) === SCHEDULER_NAME;
    if (!isOurs || isTerminal(pod) || pod.metadata.deletionTimestamp) return this.#queue.delete(key);
    if (this.#state.isAssumed(key)) return undefined;
    return this.#queue.set(pod);
  }
  #podGone(pod: Pod): void {
    const key = keyOf(pod);
    this.#queue.delete(key);
    this.#podLeft(key);
  }
  #podLeft(key: string): void {
    if (this.#state.removePod(key)) this.#queue.happened('pod-removed');
  }

  // --- deciding

  #planTurn(): void {
    if (this.#isTurnPlanned || !this.#hasSynced || this.#stopping.signal.aborted) return;
    this.#isTurnPlanned = true;
    // After what else this turn of the event loop brings, so that a burst is seen whole and in order of priority.
    setImmediate(() => {
      this.#isTurnPlanned = false;
      this.#turn();
    });
  }

  #turn(): void {
    const end = this.#clock.monotonic() + TURN_MS;
    while (!this.#stopping.signal.aborted) {
      const queued = this.#queue.pop();
      if (!queued) return;
      this.#decide(queued);
      if (this.#clock.monotonic() > end) return this.#planTurn();
    }
  }

  #decide(queued: QueuedPod): void {
    const { info } = queued;
    try {
      const decision = schedule(info, this.#state, { plugins: this.#plugins, random: this.#random, startIndex: this.#startIndex });
      if (decision.node === undefined) {
        if (this.#queue.refused(queued, decision.refusedBy)) this.#report(info.pod, 'Unschedulable', decision.message);
        return;
      }
      this.#startIndex = (this.#startIndex + 1) % Math.max(1, this.#state.nodes.length);
      this.#state.assume(info, decision.node);
      this.#inBackground(this.#bind(queued, decision.node));
    } catch (error) {
      this.#log.error('a pod could not be scheduled', { pod: info.key, err: error });
      if (this.#queue.failed(queued)) this.#report(info.pod, 'SchedulerError', describeError(error));
    }
  }

  async #bind(queued: QueuedPod, nodeName: string): Promise<void> {
    const { pod, key } = queued.info;
    const { namespace, name = '', uid } = pod.metadata;
    const binding: Binding = { apiVersion: 'v1', kind: 'Binding', metadata: { namespace, name, uid }, target: { kind: 'Node', name: nodeName } };
    try {
      await this.#client.createSubresource(pods, { namespace, name }, 'binding', binding);
      this.#queue.done(queued);
      const message = `Successfully assigned ${key} to ${nodeName}`;
      this.#recorder.event(pod, 'Normal', 'Scheduled', message, { action: 'Binding' });
    } catch (error) {
      this.#state.forget(key);
      this.#queue.happened('pod-removed');
      const isWanted = this.#queue.failed(queued);
      // Deleted, or bound by another, meanwhile: nothing to report.
      if (!isWanted || isStatus(error, 'NotFound')) return this.#queue.delete(key);
      this.#log.warning('a pod could not be bound', { pod: key, node: nodeName, err: error });
      this.#report(pod, 'SchedulerError', `binding rejected: ${describeError(error)}`);
    }
  }

  /** Tells users, by event and condition, why the pod waits. */
  #report(pod: Pod, reason: 'Unschedulable' | 'SchedulerError', message: string): void {
    this.#recorder.event(pod, 'Warning', 'FailedScheduling', message, { action: 'Scheduling' });
    this.#inBackground(
      setPodScheduled(this.#client, pod, { reason, message }, this.#clock).catch((error: unknown) => {
        this.#log.warning('the status of an unschedulable pod could not be written', { pod: keyOf(pod), err: error });
      }),
    );
  }
  #inBackground(work: Promise<void>): void {
    this.#background.add(work);
    void work.finally(() => this.#background.delete(work));
  }
}

function hasResized(pod: Pod, old: Pod): boolean {
  const resources = ({ status }: Pod): string => JSON.stringify(status?.containerStatuses?.map((container) => container.resources));
  return resources(pod) !== resources(old);
}
