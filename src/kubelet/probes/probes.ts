/** Probes of containers: thresholds, delays and events of pkg/kubelet/prober. */
import type { Pod, Probe } from '#api/types/core-v1';
import type { EventRecorder } from '#client';
import type { Clock, Random, Timer } from '#lib';
import type { CriClient } from '../cri/cri-client.ts';
import type { AnyContainer } from '../pod-worker/labels.ts';
import type { ObservedContainer } from '../pod-worker/observed.ts';
import type { ProbeVerdict } from '../pod-worker/plan.ts';
import { containerReference } from '../pod-worker/references.ts';
import { type ProbeResult, runProbe } from './run-probe.ts';

export interface ProbeTarget {
  readonly pod: Pod;
  readonly container: AnyContainer;
  readonly observed: ObservedContainer;
  readonly podIp: string;
  /** A verdict or the readiness changed. */
  changed(): void;
}

/** Probes of all running containers. */
export interface Probes {
  /** Starts the probes of a container that runs; safe to call again. */
  watch(target: ProbeTarget): void;
  /** Ends all probes of an instance. */
  forget(containerId: string): void;
  verdictOf(container: ObservedContainer): ProbeVerdict;
  isReady(container: ObservedContainer): boolean;
  stop(): void;
}

type ProbeKind = 'startup' | 'liveness' | 'readiness';

export interface ProbesOptions {
  readonly cri: CriClient;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
}

export function createProbes(options: ProbesOptions): Probes {
  const watched = new Map<string, ContainerProbes>();
  return {
    watch(target) {
      const { id } = target.observed;
      if (!watched.has(id)) watched.set(id, new ContainerProbes(options, target));
    },
    forget(containerId) {
      watched.get(containerId)?.stop();
      watched.delete(containerId);
    },
    verdictOf: (container) => watched.get(container.id)?.verdict() ?? { isStarted: false },
    isReady: (container) => watched.get(container.id)?.isReady() ?? false,
    stop() {
      for (const probes of watched.values()) probes.stop();
      watched.clear();
    },
  };
}

/** All probes of one instance: the others begin when the startup probe has passed. */
class ContainerProbes {
  readonly #options: ProbesOptions;
  readonly #target: ProbeTarget;
  readonly #loops: ProbeLoop[] = [];
  #isStarted: boolean;
  #isReady: boolean;
  #failed: 'startup' | 'liveness' | undefined;

  constructor(options: ProbesOptions, target: ProbeTarget) {
    this.#options = options;
    this.#target = target;
    const { startupProbe, readinessProbe } = target.container;
    this.#isStarted = startupProbe === undefined;
    this.#isReady = readinessProbe === undefined;
    if (startupProbe) this.#begin('startup', startupProbe, false);
    else this.#beginOthers();
  }

  verdict(): ProbeVerdict {
    return { isStarted: this.#isStarted, failed: this.#failed };
  }
  isReady(): boolean {
    return this.#isStarted && this.#isReady;
  }
  stop(): void {
    for (const loop of this.#loops) loop.stop();
    this.#loops.length = 0;
  }

  #beginOthers(): void {
    const { livenessProbe, readinessProbe } = this.#target.container;
    if (livenessProbe) this.#begin('liveness', livenessProbe, true);
    if (readinessProbe) this.#begin('readiness', readinessProbe, false);
  }
  #begin(kind: ProbeKind, probe: Probe, isGoodAtFirst: boolean): void {
    this.#loops.push(new ProbeLoop(this.#options, this.#target, { kind, probe, isGoodAtFirst, settled: (isGood) => this.#settled(kind, isGood) }));
  }
  #settled(kind: ProbeKind, isGood: boolean): void {
    if (kind === 'readiness') this.#isReady = isGood;
    else if (!isGood) this.#failed = kind;
    else if (kind === 'startup' && !this.#isStarted) {
      this.#isStarted = true;
      this.stop();
      this.#beginOthers();
    }
    this.#target.changed();
  }
}

interface LoopOptions {
  readonly kind: ProbeKind;
  readonly probe: Probe;
  readonly isGoodAtFirst: boolean;
  /** Called when the verdict changes by the thresholds. */
  settled(isGood: boolean): void;
}

class ProbeLoop {
  readonly #options: ProbesOptions;
  readonly #target: ProbeTarget;
  readonly #loop: LoopOptions;
  #timer: Timer | undefined;
  #isStopped = false;
  #isGood: boolean;
  #hasSettled = false;
  #last: boolean | undefined;
  #run = 0;

  constructor(options: ProbesOptions, target: ProbeTarget, loop: LoopOptions) {
    this.#options = options;
    this.#target = target;
    this.#loop = loop;
    this.#isGood = loop.isGoodAtFirst;
    const ageMs = options.clock.now() - target.observed.startedAtMs;
    const delayMs = (loop.probe.initialDelaySeconds ?? 0) * 1000 - ageMs;
    // After a restart of the kubelet all probes would come at the same moment.
    const jitterMs = ageMs > 10_000 ? options.random.number() * this.#periodMs() : 0;
    this.#schedule(Math.max(delayMs, jitterMs));
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #periodMs(): number {
    return (this.#loop.probe.periodSeconds ?? 10) * 1000;
  }
  #schedule(delayMs: number): void {
    this.#timer = this.#options.clock.setTimer(Math.max(0, delayMs), () => void this.#probe());
  }

  async #probe(): Promise<void> {
    const startedMs = this.#options.clock.monotonic();
    const result = await this.#try();
    if (this.#isStopped) return;
    if (result) this.#count(result);
    if (!this.#isStopped) this.#schedule(this.#periodMs() - (this.#options.clock.monotonic() - startedMs));
  }

  async #try(): Promise<ProbeResult | undefined> {
    const { kind, probe } = this.#loop;
    const { pod, container, observed, podIp } = this.#target;
    try {
      return await runProbe(this.#options.cri, { probe, container, containerId: observed.id, podIp });
    } catch (error) {
      // The probe itself could not be made: upstream counts it as neither.
      const reference = containerReference(pod, container);
      this.#options.events.event(
        reference,
        'Warning',
        'ProbeWarning',
        `${TITLE[kind]} probe errored and resulted in unknown state: ${(error as Error).message}`,
      );
      return undefined;
    }
  }

  #count(result: ProbeResult): void {
    const { kind, probe } = this.#loop;
    if (!result.isGood) {
      const { pod, container } = this.#target;
      this.#options.events.event(containerReference(pod, container), 'Warning', 'Unhealthy', `${TITLE[kind]} probe failed: ${result.output}`);
    }
    this.#run = this.#last === result.isGood ? this.#run + 1 : 1;
    this.#last = result.isGood;
    const threshold = result.isGood ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (this.#run < threshold) return;
    if (this.#hasSettled && this.#isGood === result.isGood) return;
    const isChange = this.#isGood !== result.isGood || kind === 'startup';
    this.#hasSettled = true;
    this.#isGood = result.isGood;
    if (isChange) this.#loop.settled(result.isGood);
  }
}

const TITLE: Record<ProbeKind, string> = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' };
