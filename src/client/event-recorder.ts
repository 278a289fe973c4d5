import { events, isStatus, type KubeObject } from '#api';
import type { Event, ObjectReference } from '#api/types/core-v1';
import { type Clock, createLog, type Log, rfc3339, rfc3339Micro, systemClock } from '#lib';
import type { Client } from './contract.ts';
import { EventCorrelator } from './event-correlator.ts';
import { EventSeriesCache } from './event-series.ts';

export interface EventRecorderOptions {
  /** Who reports: `kubelet`, `deployment-controller`, `default-scheduler`. */
  readonly component: string;
  /** The node it reports from. */
  readonly host?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly log?: Log | undefined;
}

/** Tells users what happened, as Events. Never fails and never waits: what cannot be written is dropped after some tries. */
export interface EventRecorder {
  /**
   * Records an event about `object` (or the part of it that a reference's `fieldPath` names). With an `action` it is an event of the
   * events.k8s.io kind, as upstream's scheduler makes them: `eventTime` and `series` rather than `count` and timestamps.
   */
  event(object: KubeObject | ObjectReference, type: 'Normal' | 'Warning', reason: string, message: string, options?: { action?: string | undefined }): void;
  /** Resolves when everything recorded so far is written or given up. */
  flushed(): Promise<void>;
}

// client-go: a queue of 1000, twelve tries, ten seconds apart.
const MAX_QUEUED = 1000;
const MAX_TRIES = 12;
const RETRY_MS = 10_000;

export function createEventRecorder(client: Client, options: EventRecorderOptions): EventRecorder {
  return new Recorder(client, options);
}

interface PlannedWrite {
  readonly event: Event;
  /** What to change of the event that is there; absent: make it. */
  readonly patch: Partial<Event> | undefined;
}

/** Writes one event after the other, so that counts follow their first event. */
class Recorder implements EventRecorder {
  readonly #client: Client;
  readonly #component: string;
  readonly #host: string | undefined;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #correlator: EventCorrelator;
  readonly #series: EventSeriesCache;
  #queued = 0;
  #writing: Promise<void> = Promise.resolve();
  /** Names have nanoseconds; the clock does not, so a counter makes them differ. */
  #lastNameTime = 0n;

  constructor(client: Client, options: EventRecorderOptions) {
    this.#client = client;
    this.#component = options.component;
    this.#host = options.host;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? createLog('client');
    this.#correlator = new EventCorrelator(this.#clock, (name) => this.#nameFor(name));
    this.#series = new EventSeriesCache(this.#clock);
  }

  event(
    object: KubeObject | ObjectReference,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    options: { action?: string | undefined } = {},
  ): void {
    if (this.#queued >= MAX_QUEUED) return;
    const involvedObject = referenceOf(object);
    const base: Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: this.#nameFor(involvedObject.name ?? ''), namespace: involvedObject.namespace || 'default' },
      involvedObject,
      reason,
      message,
      type,
    };
    // Decided now, not when its turn to be written comes: time counts.
    const write = options.action === undefined ? this.#counted(base) : this.#inSeries(base, options.action);
    if (!write) return;
    this.#queued++;
    this.#writing = this.#writing
      .then(() => this.#write(write.event, write.patch))
      .catch((error: unknown) => this.#log.error('an event could not be recorded', { event: message, err: error }))
      .finally(() => this.#queued--);
  }

  flushed(): Promise<void> {
    return this.#writing;
  }

  #counted(base: Event): PlannedWrite | undefined {
    const now = rfc3339(this.#clock.now());
    const correlated = this.#correlator.correlate({
      ...base,
      source: { component: this.#component, ...(this.#host ? { host: this.#host } : {}) },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      reportingComponent: this.#component,
      reportingInstance: this.#host ?? '',
    });
    if (correlated.verdict === 'drop') return undefined;
    const { event, verdict } = correlated;
    const { count, lastTimestamp, message } = event;
    return { event, patch: verdict === 'patch' ? { count, lastTimestamp, message } : undefined };
  }

  #inSeries(base: Event, action: string): PlannedWrite | undefined {
    const reportingInstance = this.#host ? `${this.#component}-${this.#host}` : this.#component;
    const eventTime = rfc3339Micro(this.#clock.now());
    const { event, verdict } = this.#series.observe({ ...base, eventTime, action, reportingComponent: this.#component, reportingInstance, source: {} });
    if (verdict === 'count') return undefined;
    return { event, patch: verdict === 'patch' ? { series: event.series } : undefined };
  }

  /** Creates the event, or patches it; gives up after some tries. */
  async #write(event: Event, patch: Partial<Event> | undefined): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#writeOnce(event, patch);
      } catch (error) {
        // Refused for good (a namespace that is being deleted, an invalid event), or the same event by another way.
        const isFinal = isStatus(error, 'Forbidden', 'Invalid', 'BadRequest', 'AlreadyExists', 'NotFound', 'Unauthorized', 'RequestEntityTooLarge');
        if (isFinal || tries >= MAX_TRIES) {
          this.#log.debug('an event was not written', { event: event.message, err: error });
          return;
        }
        await this.#clock.sleep(RETRY_MS);
      }
    }
  }
  async #writeOnce(event: Event, patch: Partial<Event> | undefined): Promise<void> {
    if (patch) {
      const { namespace, name = '' } = event.metadata;
      try {
        await this.#client.patch(events, { namespace, name }, JSON.parse(JSON.stringify(patch)), { type: 'strategic' });
        return;
      } catch (error) {
        // It has expired meanwhile: it becomes a new one.
        if (!isStatus(error, 'NotFound')) throw error;
      }
    }
    await this.#client.create(events, event);
  }

  /** `<object>.<nanoseconds in hex>`, as client-go names events. */
  #nameFor(involvedName: string): string {
    const now = BigInt(Math.round(this.#clock.now() * 1000)) * 1000n;
    this.#lastNameTime = now > this.#lastNameTime ? now : this.#lastNameTime + 1n;
    return `${involvedName}.${this.#lastNameTime.toString(16)}`;
  }
}

function referenceOf(object: KubeObject | ObjectReference): ObjectReference {
  if (!('metadata' in object)) return object;
  const { namespace, name, uid, resourceVersion } = object.metadata;
  const reference: ObjectReference = { kind: object.kind, apiVersion: object.apiVersion, name, uid, resourceVersion };
  return namespace ? { ...reference, namespace } : reference;
}
