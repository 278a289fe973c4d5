import type { Clock } from '#lib';

// As upstream's ExpectationsTimeout: a watch that shows nothing for so long has lost something, so look anew.
const EXPIRES_AFTER_MS = 5 * 60_000;

interface Expected {
  creations: number;
  /** Keys (namespace/name/uid) of what is being deleted. */
  readonly deletions: Set<string>;
  readonly at: number;
}

/**
 * What a controller has asked for and has not seen in its cache yet. While something is outstanding the cache is stale and must not be
 * counted: this is what keeps a controller from making a Pod twice. `0 <= creations` for every key.
 */
export class Expectations {
  readonly #byKey = new Map<string, Expected>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }
  /** Begins to wait for `count` new objects. Replaces what was expected before. */
  expectCreations(key: string, count: number): void {
    this.#byKey.set(key, { creations: count, deletions: new Set(), at: this.#clock.monotonic() });
  }
  /** Begins to wait until these objects are gone or being deleted. Replaces what was expected before. */
  expectDeletions(key: string, objects: Iterable<string>): void {
    this.#byKey.set(key, { creations: 0, deletions: new Set(objects), at: this.#clock.monotonic() });
  }
  /** Seen, or failed and so never to be seen. */
  creationObserved(key: string, count = 1): void {
    const expected = this.#byKey.get(key);
    if (expected) expected.creations = Math.max(0, expected.creations - count);
  }
  /** Seen, or failed and so never to be seen. */
  deletionObserved(key: string, object: string): void {
    this.#byKey.get(key)?.deletions.delete(object);
  }
  /** Whether the cache shows everything that was asked for. */
  areMet(key: string): boolean {
    const expected = this.#byKey.get(key);
    if (!expected) return true;
    return (expected.creations === 0 && expected.deletions.size === 0) || this.#clock.monotonic() - expected.at > EXPIRES_AFTER_MS;
  }
  /** Forgets a key whose object is gone. */
  forget(key: string): void {
    this.#byKey.delete(key);
  }
}
