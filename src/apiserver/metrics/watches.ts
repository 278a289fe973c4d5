import type { Counter, Histogram, Metrics } from '#lib';

/** What one watch is counted with: taken when it begins, so that an event costs two additions. */
export interface WatchMeter {
  /** An event was sent, of so many bytes. */
  sent(bytes: number): void;
  /** All of the initial state was sent, so long after the request came. */
  initialSent(seconds: number): void;
  /** The watch was cut off for not reading. */
  cutOff(): void;
}
/** Who is watched, as a request names it. */
export interface WatchedKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

/** For watches that nobody measures. */
export const NO_METER: WatchMeter = { sent: () => {}, initialSent: () => {}, cutOff: () => {} };

const EVENT_BYTES = [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072];
const LIST_SECONDS = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 6, 8, 10, 15, 20, 30, 45, 60];

/** Makes the meters of watches, by upstream's names. */
export function createWatchMetrics(registry: Metrics): (kind: WatchedKind, scope: string) => WatchMeter {
  const labels = ['group', 'resource', 'version'];
  const events = registry.counter('apiserver_watch_events_total', '[ALPHA] Events that were sent to watching clients.', labels);
  const sizes = registry.histogram('apiserver_watch_events_sizes', '[ALPHA] Sizes of the events that were sent, in bytes.', EVENT_BYTES, labels);
  const cutOff = registry.counter('apiserver_terminated_watchers_total', '[ALPHA] Watches that were cut off because nobody read them.', ['group', 'resource']);
  const lists = registry.histogram(
    'apiserver_watch_list_duration_seconds',
    '[ALPHA] How long watches took to send their initial state, in seconds.',
    LIST_SECONDS,
    ['group', 'resource', 'scope', 'version'],
  );
  const known = new Map<string, WatchMeter>();
  return (kind, scope) => {
    const { group, version, plural } = kind;
    const key = `${group}/${version}/${plural} ${scope}`;
    let meter = known.get(key);
    if (!meter) {
      meter = new CountingMeter({
        events: () => events.labels(group, plural, version),
        sizes: () => sizes.labels(group, plural, version),
        lists: () => lists.labels(group, plural, scope, version),
        cutOff: () => cutOff.labels(group, plural),
      });
      known.set(key, meter);
    }
    return meter;
  };
}

interface Families {
  readonly events: () => Counter;
  readonly sizes: () => Histogram;
  readonly lists: () => Histogram;
  readonly cutOff: () => Counter;
}

class CountingMeter implements WatchMeter {
  readonly #families: Families;
  // Made at the first event: what was never watched is not shown.
  #events: Counter | undefined;
  #sizes: Histogram | undefined;

  constructor(families: Families) {
    this.#families = families;
  }
  sent(bytes: number): void {
    (this.#events ??= this.#families.events()).add();
    (this.#sizes ??= this.#families.sizes()).observe(bytes);
  }
  initialSent(seconds: number): void {
    this.#families.lists().observe(seconds);
  }
  cutOff(): void {
    this.#families.cutOff().add();
  }
}
