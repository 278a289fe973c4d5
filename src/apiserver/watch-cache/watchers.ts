import type { CacheEvent } from './cache-event.ts';
import type { Entry } from './entry.ts';

/** Who is told of changes; called synchronously, must not throw. */
export interface Watcher {
  /** Undefined: all namespaces. */
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly wantsBookmarks: boolean;
  event(event: CacheEvent): void;
  bookmark(revision: number): void;
  /** The cache cannot go on telling (it fell behind the datastore, or stops). */
  end(reason: 'lost' | 'stopped'): void;
}

/** The watchers of one kind, by what they look at: of ten thousand that look at one object each, a change asks only those of its own. */
export class Watchers implements Iterable<Watcher> {
  readonly #all = new Set<Watcher>();
  /** By place: empty is everything, `ns/` a namespace, `ns/name` one object; with a star for the namespace, one name in all of them. */
  readonly #byPlace = new Map<string, Set<Watcher>>();

  get size(): number {
    return this.#all.size;
  }
  [Symbol.iterator](): Iterator<Watcher> {
    return this.#all[Symbol.iterator]();
  }

  add(watcher: Watcher): void {
    this.#all.add(watcher);
    const place = placeOf(watcher);
    const group = this.#byPlace.get(place);
    if (group) group.add(watcher);
    else this.#byPlace.set(place, new Set([watcher]));
  }
  delete(watcher: Watcher): void {
    this.#all.delete(watcher);
    const place = placeOf(watcher);
    const group = this.#byPlace.get(place);
    group?.delete(watcher);
    if (group?.size === 0) this.#byPlace.delete(place);
  }
  clear(): void {
    this.#all.clear();
    this.#byPlace.clear();
  }

  /** Tells those who look at where the entry is. */
  tell(event: CacheEvent, { namespace, name }: Entry): void {
    this.#tellGroup('', event);
    // Nobody looks at less than everything: nearly all kinds, nearly always.
    if (this.#all.size === this.#byPlace.get('')?.size) return;
    this.#tellGroup(`${namespace}/`, event);
    this.#tellGroup(`${namespace}/${name}`, event);
    this.#tellGroup(`*/${name}`, event);
  }
  #tellGroup(place: string, event: CacheEvent): void {
    const group = this.#byPlace.get(place);
    if (group) for (const watcher of group) watcher.event(event);
  }
}

function placeOf({ namespace, name }: Watcher): string {
  if (name !== undefined) return `${namespace ?? '*'}/${name}`;
  return namespace === undefined ? '' : `${namespace}/`;
}
