import type { Clock } from '#lib';

/** Upstream's back-off: the first delay, doubled with each failure, forgotten after twice the longest without one. */
export interface Backoff {
  /** Milliseconds until `key` may be tried again, counted from its last event; 0: now. */
  remainingMs(key: string, eventMs: number): number;
  /** Notes a try: the next waits longer. */
  next(key: string, eventMs: number): void;
  /** The delay that now applies. */
  delayMs(key: string): number;
  forget(prefix: string): void;
}

/** Follows k8s.io/client-go/util/flowcontrol.Backoff. */
export function createBackoff(initialMs: number, maxMs: number, clock: Clock): Backoff {
  const entries = new Map<string, { delayMs: number; updatedMs: number }>();
  const isOld = (entry: { updatedMs: number }, eventMs: number) => eventMs - entry.updatedMs > maxMs * 2;
  return {
    remainingMs(key, eventMs) {
      const entry = entries.get(key);
      if (!entry || isOld(entry, eventMs)) return 0;
      return Math.max(0, entry.delayMs - (clock.now() - eventMs));
    },
    next(key, eventMs) {
      const entry = entries.get(key);
      const delayMs = !entry || isOld(entry, eventMs) ? initialMs : Math.min(entry.delayMs * 2, maxMs);
      entries.set(key, { delayMs, updatedMs: clock.now() });
    },
    delayMs: (key) => entries.get(key)?.delayMs ?? 0,
    forget(prefix) {
      for (const key of entries.keys()) if (key.startsWith(prefix)) entries.delete(key);
    },
  };
}

const SECOND_MS = 1000;

/** Go's text for a delay of whole seconds: `10s`, `2m40s`, `5m0s`. */
export function delayText(ms: number): string {
  const seconds = Math.round(ms / SECOND_MS);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
