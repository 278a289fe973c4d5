import type { ChangeEvent } from '../contract.ts';

export interface HistoryLimits {
  readonly events: number;
  readonly bytes: number;
}

/**
 * The newest changes, in memory, bounded in number and bytes; watches are served from here.
 * Invariant: every event with `startRevision < revision` is inside, in order.
 */
export class History {
  #events: ChangeEvent[] = [];
  /** Events before this index have been let go; the array is cut now and then. */
  #head = 0;
  #bytes = 0;
  #startRevision: number;
  readonly #limits: HistoryLimits;
  readonly #released: (event: ChangeEvent) => void;

  /** `released` hears of every event that leaves. */
  constructor(startRevision: number, limits: HistoryLimits, released: (event: ChangeEvent) => void) {
    this.#startRevision = startRevision;
    this.#limits = limits;
    this.#released = released;
  }

  /** Changes after this revision are all inside. */
  get startRevision(): number {
    return this.#startRevision;
  }

  append(events: readonly ChangeEvent[]): void {
    for (const event of events) {
      this.#events.push(event);
      this.#bytes += weightOf(event);
    }
    while (this.#events.length - this.#head > this.#limits.events || this.#bytes > this.#limits.bytes) this.#shift();
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
  }

  /** The events under `prefix` after `revision`; `revision >= startRevision`. */
  after(revision: number, prefix: string): ChangeEvent[] {
    const found: ChangeEvent[] = [];
    for (let i = this.#indexAfter(revision); i < this.#events.length; i++) {
      const event = this.#events[i] as ChangeEvent;
      if (event.kv.key.startsWith(prefix)) found.push(event);
    }
    return found;
  }

  /** Watchers are mostly at the end, so the search starts there, in growing steps. */
  #indexAfter(revision: number): number {
    let low = this.#head;
    let high = this.#events.length;
    for (let step = 16; high - step > low; step *= 4) {
      if (this.#revisionAt(high - step) <= revision) {
        low = high - step;
        break;
      }
      high -= step;
    }
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#revisionAt(middle) <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  #revisionAt(index: number): number {
    return (this.#events[index] as ChangeEvent).kv.modRevision;
  }

  #shift(): void {
    const event = this.#events[this.#head] as ChangeEvent | undefined;
    if (!event) return;
    this.#events[this.#head++] = undefined as unknown as ChangeEvent;
    this.#bytes -= weightOf(event);
    this.#startRevision = event.kv.modRevision;
    this.#released(event);
  }
}

/** What keeping the event costs: the value it alone may hold, and the objects around it. */
function weightOf(event: ChangeEvent): number {
  return 256 + event.kv.value.length;
}
