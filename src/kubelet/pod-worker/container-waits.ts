/** Why containers of one pod wait: back-off after crashes, and what could not be made. */
import type { Pod } from '#api/types/core-v1';
import { type Backoff, delayText } from '../backoff.ts';
import type { KubeletContext } from '../context.ts';
import { type AnyContainer, containerHash, formatPod } from './labels.ts';
import type { ObservedContainer } from './observed.ts';
import { containerReference } from './references.ts';
import type { WaitingEntry } from './waiting.ts';

const WAITS_FOR_IMAGE: ReadonlySet<string> = new Set(['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull']);
const WAITS_FOR_OBJECTS: ReadonlySet<string> = new Set(['CreateContainerConfigError']);

export class ContainerWaits {
  readonly #context: KubeletContext;
  readonly #restarts: Backoff;
  readonly #wake: (atMs: number) => void;
  readonly #entries = new Map<string, WaitingEntry>();

  /** `wake` is asked for another look at that time. */
  constructor(context: KubeletContext, restarts: Backoff, wake: (atMs: number) => void) {
    this.#context = context;
    this.#restarts = restarts;
    this.#wake = wake;
  }

  get(name: string): WaitingEntry | undefined {
    return this.#entries.get(name);
  }
  /** undefined: it waits no more. */
  set(name: string, entry: WaitingEntry | undefined): void {
    if (entry) this.#entries.set(name, entry);
    else this.#entries.delete(name);
    if (entry) this.#wake(entry.retryAtMs);
  }
  /** An image appeared. */
  retryImages(): void {
    this.#retry(WAITS_FOR_IMAGE);
  }
  /** A referenced object changed. */
  retryObjects(): void {
    this.#retry(WAITS_FOR_OBJECTS);
  }
  #retry(reasons: ReadonlySet<string>): void {
    for (const [name, entry] of this.#entries) if (reasons.has(entry.reason)) this.#entries.set(name, { ...entry, retryAtMs: 0 });
  }

  /** Whether its time has come; `last` is the container's newest instance. A start that is allowed counts for the next back-off. */
  mayStart(pod: Pod, container: AnyContainer, last: ObservedContainer | undefined): boolean {
    const nowMs = this.#context.clock.now();
    const entry = this.#entries.get(container.name);
    if (last?.state !== 'exited') return entry && entry.retryAtMs > nowMs ? this.#later(entry) : true;
    const key = `${formatPod(pod)}_${container.name}_${containerHash(container)}`;
    const remainingMs = this.#restarts.remainingMs(key, last.finishedAtMs);
    if (remainingMs > 0) {
      this.#backOff(pod, container, key, nowMs + remainingMs);
      return false;
    }
    if (entry?.reason !== 'CrashLoopBackOff' && entry && entry.retryAtMs > nowMs) return this.#later(entry);
    this.#restarts.next(key, last.finishedAtMs);
    return true;
  }
  #later(entry: WaitingEntry): false {
    this.#wake(entry.retryAtMs);
    return false;
  }
  #backOff(pod: Pod, container: AnyContainer, key: string, untilMs: number): void {
    this.#wake(untilMs);
    if (this.#entries.get(container.name)?.reason === 'CrashLoopBackOff') return;
    const message = `back-off ${delayText(this.#restarts.delayMs(key))} restarting failed container=${container.name} pod=${formatPod(pod)}`;
    this.#entries.set(container.name, { reason: 'CrashLoopBackOff', message, retryAtMs: untilMs });
    const text = `Back-off restarting failed container ${container.name} in pod ${formatPod(pod)}`;
    this.#context.events.event(containerReference(pod, container), 'Warning', 'BackOff', text);
  }
}
