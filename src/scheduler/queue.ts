import { keyOf } from '#api';
import type { Pod } from '#api/types/core-v1';
import type { Clock, Timer } from '#lib';
import type { ClusterEvent, Plugin, PodInfo } from './framework.ts';
import { podInfoOf } from './pod-info.ts';

// Upstream's defaults (podInitialBackoffSeconds, podMaxBackoffSeconds, podMaxInUnschedulablePodsDuration).
const INITIAL_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 10_000;
const MAX_UNSCHEDULABLE_MS = 5 * 60_000;

/** A pod on its way to a node. */
export interface QueuedPod {
  info: PodInfo;
  /** How often it was tried. */
  attempts: number;
  /** When it came to where it is, for order among equals and for backoff. */
  sinceMs: number;
  /** Who refused it the last time; empty: something went wrong. */
  refusedBy: ReadonlySet<string>;
}

/**
 * Pods that wait to be scheduled, as upstream's PriorityQueue:
 *
 *   gated ──(gates gone)──▶ active ──pop──▶ in flight ──refused──▶ unschedulable ──(an event that could help, or 5 minutes)──▶ backoff ──▶ active
 *                             ▲                  └──failed──▶ backoff ──(1 s, 2 s, … 10 s)──┘
 *
 * Active pods come by priority, then by age. What happens while a pod is in flight is remembered, so that no event is lost to it. Pods that an event
 * woke need not wait for the end of their backoff while nothing else is to be done; pods that failed do.
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #plugins: readonly Plugin[];
  readonly #ready: () => void;
  readonly #active: QueuedPod[] = [];
  readonly #backoff = new Map<string, { pod: QueuedPod; untilMs: number; isWoken: boolean }>();
  readonly #unschedulable = new Map<string, QueuedPod>();
  readonly #gated = new Map<string, QueuedPod>();
  readonly #inFlight = new Map<string, { pod: QueuedPod; events: Set<ClusterEvent>; isDeleted: boolean }>();
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  /** `ready` is called when there is something to pop. */
  constructor(options: { clock: Clock; plugins: readonly Plugin[]; ready: () => void }) {
    this.#clock = options.clock;
    this.#plugins = options.plugins;
    this.#ready = options.ready;
  }

  /** A new pod, or a new version of one: what changed may make it schedulable. */
  set(pod: Pod): void {
    const key = keyOf(pod);
    const info = podInfoOf(pod);
    const flying = this.#inFlight.get(key);
    if (flying) {
      flying.pod.info = info;
      return;
    }
    const active = this.#active.find((candidate) => candidate.info.key === key);
    const waiting = active ?? this.#backoff.get(key)?.pod;
    if (waiting) {
      waiting.info = info;
      if (active) this.#sortActive();
      return;
    }
    const known = this.#unschedulable.get(key) ?? this.#gated.get(key);
    const hasChanged = !known || !isSameForScheduling(known.info.pod, pod);
    const queued = known ?? { info, attempts: 0, sinceMs: this.#clock.monotonic(), refusedBy: new Set<string>() };
    queued.info = info;
    if (!hasChanged) return;
    this.#unschedulable.delete(key);
    this.#gated.delete(key);
    this.#admit(queued);
  }

  delete(key: string): void {
    const at = this.#active.findIndex((candidate) => candidate.info.key === key);
    if (at >= 0) this.#active.splice(at, 1);
    this.#backoff.delete(key);
    this.#unschedulable.delete(key);
    this.#gated.delete(key);
    const flying = this.#inFlight.get(key);
    if (flying) flying.isDeleted = true;
  }

  /** The next pod to try; give it back by `done`, `refused` or `failed`. */
  pop(): QueuedPod | undefined {
    const pod = this.#active.shift() ?? this.#popWoken();
    if (!pod) return undefined;
    pod.attempts++;
    this.#inFlight.set(pod.info.key, { pod, events: new Set(), isDeleted: false });
    return pod;
  }
  get length(): number {
    return this.#active.length;
  }

  /** The pod has a node. */
  done(pod: QueuedPod): void {
    this.#inFlight.delete(pod.info.key);
  }
  /** No node can take it: it waits for an event that could help. Returns whether it is still wanted. */
  refused(pod: QueuedPod, refusedBy: ReadonlySet<string>): boolean {
    const flying = this.#inFlight.get(pod.info.key);
    this.#inFlight.delete(pod.info.key);
    if (!flying || flying.isDeleted) return false;
    pod.refusedBy = refusedBy;
    pod.sinceMs = this.#clock.monotonic();
    if ([...flying.events].some((event) => this.#couldHelp(event, pod))) this.#backOff(pod, true);
    else {
      this.#unschedulable.set(pod.info.key, pod);
      this.#armTimer(pod.sinceMs + MAX_UNSCHEDULABLE_MS);
    }
    return true;
  }
  /** Something went wrong: it is tried again after its backoff. */
  failed(pod: QueuedPod): boolean {
    const flying = this.#inFlight.get(pod.info.key);
    this.#inFlight.delete(pod.info.key);
    if (!flying || flying.isDeleted) return false;
    pod.refusedBy = new Set();
    pod.sinceMs = this.#clock.monotonic();
    this.#backOff(pod, false);
    return true;
  }

  /** Something happened in the cluster: pods that it could help are tried again. */
  happened(event: ClusterEvent): void {
    for (const { events } of this.#inFlight.values()) events.add(event);
    for (const [key, pod] of this.#unschedulable) {
      if (!this.#couldHelp(event, pod)) continue;
      this.#unschedulable.delete(key);
      this.#backOff(pod, true);
    }
  }

  close(): void {
    this.#timer?.cancel();
    this.#timerAtMs = Number.NEGATIVE_INFINITY;
  }

  #couldHelp(event: ClusterEvent, { refusedBy }: QueuedPod): boolean {
    if (refusedBy.size === 0) return true;
    return this.#plugins.some((plugin) => refusedBy.has(plugin.name) && plugin.wokenBy.includes(event));
  }

  #admit(pod: QueuedPod): void {
    const isGated = this.#plugins.some((plugin) => plugin.preEnqueue?.(pod.info) !== undefined);
    if (isGated) this.#gated.set(pod.info.key, pod);
    else if (pod.attempts > 0 && this.#backoffEnd(pod) > this.#clock.monotonic()) this.#backOff(pod, true);
    else this.#activate(pod);
  }
  #activate(pod: QueuedPod): void {
    this.#active.push(pod);
    this.#sortActive();
    this.#ready();
  }
  #sortActive(): void {
    this.#active.sort(byPriorityThenAge);
  }

  #backoffEnd({ attempts, sinceMs }: QueuedPod): number {
    return sinceMs + Math.min(INITIAL_BACKOFF_MS * 2 ** Math.max(0, attempts - 1), MAX_BACKOFF_MS);
  }
  #backOff(pod: QueuedPod, isWoken: boolean): void {
    const untilMs = this.#backoffEnd(pod);
    if (untilMs <= this.#clock.monotonic()) return this.#activate(pod);
    this.#backoff.set(pod.info.key, { pod, untilMs, isWoken });
    this.#armTimer(untilMs);
    if (isWoken) this.#ready();
    return undefined;
  }
  /** Nothing is active: the woken pod that has waited longest may go before its time. */
  #popWoken(): QueuedPod | undefined {
    let first: { pod: QueuedPod; untilMs: number } | undefined;
    for (const entry of this.#backoff.values()) if (entry.isWoken && (!first || entry.untilMs < first.untilMs)) first = entry;
    if (first) this.#backoff.delete(first.pod.info.key);
    return first?.pod;
  }

  /** One timer for the earliest of all ends. */
  #armTimer(atMs: number): void {
    if (atMs >= this.#timerAtMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.#clock.setTimer(atMs - this.#clock.monotonic(), () => this.#timePassed());
  }
  #timePassed(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const now = this.#clock.monotonic();
    for (const [key, { pod, untilMs }] of this.#backoff) {
      if (untilMs > now) this.#armTimer(untilMs);
      else {
        this.#backoff.delete(key);
        this.#activate(pod);
      }
    }
    for (const [key, pod] of this.#unschedulable) {
      const endMs = pod.sinceMs + MAX_UNSCHEDULABLE_MS;
      if (endMs > now) this.#armTimer(endMs);
      else {
        this.#unschedulable.delete(key);
        this.#backOff(pod, true);
      }
    }
  }
}

function byPriorityThenAge(a: QueuedPod, b: QueuedPod): number {
  return b.info.priority - a.info.priority || a.sinceMs - b.sinceMs;
}

/** Whether nothing changed that a decision could depend on: not the spec, labels or annotations of the pod. */
function isSameForScheduling(a: Pod, b: Pod): boolean {
  const relevant = ({ spec, metadata }: Pod): string => JSON.stringify([spec, metadata.labels, metadata.annotations, metadata.deletionTimestamp]);
  return relevant(a) === relevant(b);
}
