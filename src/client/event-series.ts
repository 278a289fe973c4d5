import type { Event } from '#api/types/core-v1';
import { type Clock, rfc3339Micro } from '#lib';

/** A series that was not repeated for this long is over: the next event is a new one (client-go's finishTime). */
const FINISH_MS = 6 * 60_000;
/** How often a long series is written again (client-go's refreshTime). */
const REFRESH_MS = 30 * 60_000;
const MAX_SERIES = 4096;

interface Series {
  event: Event;
  count: number;
  lastMs: number;
  writtenMs: number;
}

/**
 * Repetitions of events of the events.k8s.io kind, as client-go's tools/events: the second one starts a series on the first, later ones are only
 * counted and written every half hour. The message is not part of what makes events the same.
 */
export class EventSeriesCache {
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What to do: write a new event, patch the series of the first, or only count. */
  observe(event: Event): { verdict: 'create' | 'patch' | 'count'; event: Event } {
    const now = this.#clock.monotonic();
    const key = keyOf(event);
    const known = this.#series.get(key);
    if (!known || now - known.lastMs > FINISH_MS) {
      this.#forgetOld(now);
      this.#series.set(key, { event, count: 1, lastMs: now, writtenMs: now });
      return { verdict: 'create', event };
    }
    known.count++;
    known.lastMs = now;
    if (known.count > 2 && now - known.writtenMs < REFRESH_MS) return { verdict: 'count', event: known.event };
    known.writtenMs = now;
    known.event = { ...known.event, series: { count: known.count, lastObservedTime: rfc3339Micro(this.#clock.now()) } };
    return { verdict: 'patch', event: known.event };
  }

  #forgetOld(now: number): void {
    if (this.#series.size < MAX_SERIES) return;
    for (const [key, series] of this.#series) if (now - series.lastMs > FINISH_MS) this.#series.delete(key);
    for (const key of this.#series.keys()) {
      if (this.#series.size < MAX_SERIES) break;
      this.#series.delete(key);
    }
  }
}

function keyOf({ type, action, reason, reportingComponent, reportingInstance, involvedObject }: Event): string {
  const { kind, namespace, name, uid, apiVersion, fieldPath } = involvedObject;
  const parts = [type, action, reason, reportingComponent, reportingInstance, kind, namespace, name, uid, apiVersion, fieldPath];
  return parts.map((part) => part ?? '').join('\0');
}
