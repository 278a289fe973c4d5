import type { Node } from '#api/types/core-v1';
import type { Clock } from '#lib';
import { type Eviction, readyStatus, type ZoneState, zoneState } from './plan.ts';

// Upstream's defaults: one node in ten seconds, in a large zone that is partly down one in a hundred, in a small one none.
const INTERVAL_MS = 10_000;
const LARGE_INTERVAL_MS = 100_000;
const LARGE_ZONE = 50;

/** Whether the NoExecute taint may be set, and when to ask again if not. */
export interface Pace {
  readonly eviction: Eviction;
  readonly retryAfterMs?: number;
}

/** Holds back the taints that drive Pods off silent nodes: the more nodes fall silent together, the likelier it is the network and not they. */
export class EvictionPace {
  readonly #clock: Clock;
  /** Zone → when the next node may be tainted. */
  readonly #nextAt = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** For nodes that wait for no taint: whether those that have one keep it. */
  standing(nodes: Iterable<Node>): Pace {
    return { eviction: isAllDown(zones(nodes)) ? 'never' : 'later' };
  }

  /** Asks for one node, and takes its turn when it is granted. */
  ask(node: Node, nodes: Iterable<Node>): Pace {
    const all = zones(nodes);
    if (isAllDown(all)) return { eviction: 'never' };
    const name = zoneOf(node);
    const zone = all.get(name) ?? { state: 'Normal' as const, size: 1 };
    // Asked again when a node of the zone changes.
    if (zone.state === 'PartialDisruption' && zone.size <= LARGE_ZONE) return { eviction: 'later' };
    const now = this.#clock.monotonic();
    const nextAt = this.#nextAt.get(name) ?? now;
    if (nextAt > now) return { eviction: 'later', retryAfterMs: nextAt - now };
    this.#nextAt.set(name, now + (zone.state === 'PartialDisruption' ? LARGE_INTERVAL_MS : INTERVAL_MS));
    return { eviction: 'now' };
  }
}

interface Zone {
  readonly state: ZoneState;
  readonly size: number;
}

function zones(nodes: Iterable<Node>): Map<string, Zone> {
  const counts = new Map<string, { ready: number; notReady: number }>();
  for (const node of nodes) {
    const count = counts.get(zoneOf(node)) ?? { ready: 0, notReady: 0 };
    if (readyStatus(node) === 'True') count.ready++;
    else count.notReady++;
    counts.set(zoneOf(node), count);
  }
  return new Map([...counts].map(([name, { ready, notReady }]) => [name, { state: zoneState(ready, notReady), size: ready + notReady }]));
}
function isAllDown(all: ReadonlyMap<string, Zone>): boolean {
  return all.size > 0 && [...all.values()].every((zone) => zone.state === 'FullDisruption');
}
function zoneOf({ metadata: { labels = {} } }: Node): string {
  return `${labels['topology.kubernetes.io/region'] ?? ''}:${labels['topology.kubernetes.io/zone'] ?? ''}`;
}
