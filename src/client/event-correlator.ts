import type { Event } from '#api/types/core-v1';
import type { Clock } from '#lib';

// The numbers of client-go's tools/record/events_cache.go.
const CACHE_SIZE = 4096;
const MAX_SIMILAR = 10;
const SIMILAR_INTERVAL_MS = 600_000;
const SPAM_BURST = 25;
const SPAM_TOKENS_PER_MS = 1 / 300 / 1000;

/** What to do with an event: nothing, write it, or write it over the earlier one of its kind. */
export type Correlated = { readonly verdict: 'drop' } | { readonly verdict: 'create' | 'patch'; readonly event: Event };

/**
 * Keeps repeated events from flooding the API, as client-go's EventCorrelator: the same event again only counts the first one up; more than ten
 * that differ only in their message become one; more than 25 in a burst about one object (then one in five minutes) are dropped.
 */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #nameOf: (involvedName: string) => string;
  readonly #buckets = new RecentMap<{ tokens: number; atMs: number }>();
  readonly #similar = new RecentMap<{ messages: Set<string>; lastMs: number }>();
  readonly #known = new RecentMap<{ name: string; count: number; firstTimestamp: string | undefined }>();

  /** `nameOf` makes a name for an event about the object of that name. */
  constructor(clock: Clock, nameOf: (involvedName: string) => string) {
    this.#clock = clock;
    this.#nameOf = nameOf;
  }

  correlate(event: Event): Correlated {
    if (!this.#takesToken(keyOf(sourceAndObject(event)))) return { verdict: 'drop' };
    const { key, event: aggregated } = this.#aggregate(event);
    const known = this.#known.get(key);
    if (!known) {
      this.#known.set(key, { name: aggregated.metadata.name ?? '', count: 1, firstTimestamp: aggregated.firstTimestamp });
      return { verdict: 'create', event: aggregated };
    }
    known.count++;
    const { name, count, firstTimestamp } = known;
    return { verdict: 'patch', event: { ...aggregated, metadata: { ...aggregated.metadata, name }, count, firstTimestamp } };
  }

  #takesToken(key: string): boolean {
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(key) ?? { tokens: SPAM_BURST, atMs: now };
    bucket.tokens = Math.min(SPAM_BURST, bucket.tokens + (now - bucket.atMs) * SPAM_TOKENS_PER_MS);
    bucket.atMs = now;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  #aggregate(event: Event): { key: string; event: Event } {
    const { type, reason, message = '', reportingComponent, reportingInstance } = event;
    const similarKey = keyOf([...sourceAndObject(event), type, reason, reportingComponent, reportingInstance]);
    const now = this.#clock.monotonic();
    let similar = this.#similar.get(similarKey);
    if (!similar || now - similar.lastMs > SIMILAR_INTERVAL_MS) similar = { messages: new Set(), lastMs: now };
    similar.lastMs = now;
    similar.messages.add(message);
    this.#similar.set(similarKey, similar);
    if (similar.messages.size < MAX_SIMILAR) {
      return { key: keyOf([...sourceAndObject(event), event.involvedObject.fieldPath, type, reason, message]), event };
    }
    // One is let go, so that the set stays at its limit while new messages come.
    for (const first of similar.messages) {
      similar.messages.delete(first);
      break;
    }
    const name = this.#nameOf(event.involvedObject.name ?? '');
    return { key: similarKey, event: { ...event, metadata: { ...event.metadata, name }, count: 1, message: `(combined from similar events): ${message}` } };
  }
}

function sourceAndObject({ source, involvedObject }: Event): (string | undefined)[] {
  const { kind, namespace, name, uid, apiVersion } = involvedObject;
  return [source?.component, source?.host, kind, namespace, name, uid, apiVersion];
}
function keyOf(parts: readonly (string | undefined)[]): string {
  return parts.map((part) => part ?? '').join('\0');
}

/** A map that forgets what was not used for longest. */
class RecentMap<V> {
  readonly #entries = new Map<string, V>();

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }
  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= CACHE_SIZE) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      break;
    }
  }
}
