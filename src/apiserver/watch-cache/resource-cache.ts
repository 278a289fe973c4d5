import type { KubeObject, ResourceDefinition } from '#api';
import { CacheEvent } from './cache-event.ts';
import { type Entry, type EntryFormat, formatOf } from './entry.ts';
import { Watchers } from './watchers.ts';

/** How many changes of a kind are kept for watches that resume, and for how long beyond the first few. */
const RING_MAX = 4096;
const RING_MIN = 64;
const RING_MAX_AGE_MS = 180_000;
/** Changes of large objects are kept in smaller number: together with what the objects were before, this much. */
const RING_MAX_BYTES = 8 * 1024 * 1024;

/** How many places of what is deleted are kept at most, beyond as many as there are objects. */
const FORGOTTEN_MAX = 1024;

/** The place of one object, from its creation to its deletion. */
class Slot {
  readonly name: string;
  /** Undefined: deleted. */
  entry: Entry | undefined;

  constructor(entry: Entry) {
    this.name = entry.name;
    this.entry = entry;
  }
}

class Bucket {
  readonly #slots = new Map<string, Slot>();
  /** In key order, as of when they were last asked for; the array is never changed, as someone may be going through it. */
  #sorted: readonly Slot[] = [];
  #added: Slot[] = [];
  #hasRemoved = false;

  get size(): number {
    return this.#slots.size;
  }
  get byteLength(): number {
    let sum = 0;
    for (const { entry } of this.#slots.values()) sum += entry?.byteLength ?? 0;
    return sum;
  }
  get(name: string): Entry | undefined {
    return this.#slots.get(name)?.entry;
  }
  /** Places in key order, so that lists need not look up every name. */
  sorted(): readonly Slot[] {
    if (this.#added.length === 0 && !this.#hasRemoved) return this.#sorted;
    // Sorting what is nearly sorted takes hardly longer than copying it.
    const slots = (this.#hasRemoved ? this.#sorted.filter(isTaken) : this.#sorted).concat(this.#added.filter(isTaken));
    this.#sorted = slots.sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#added = [];
    this.#hasRemoved = false;
    return this.#sorted;
  }
  set(entry: Entry): void {
    const slot = this.#slots.get(entry.name);
    if (slot) slot.entry = entry;
    else {
      const added = new Slot(entry);
      this.#slots.set(entry.name, added);
      this.#added.push(added);
    }
  }
  delete(name: string): void {
    const slot = this.#slots.get(name);
    if (!slot) return;
    this.#slots.delete(name);
    slot.entry = undefined;
    this.#hasRemoved = true;
    // What comes and goes without ever being listed must not be remembered.
    if (this.#sorted.length + this.#added.length > 2 * this.size + FORGOTTEN_MAX) this.sorted();
  }
}

function isTaken(slot: Slot): boolean {
  return slot.entry !== undefined;
}

/** All objects of one kind, by namespace and name, and its recent changes. */
export class ResourceCache {
  readonly definition: ResourceDefinition;
  readonly format: EntryFormat;
  readonly watchers = new Watchers();
  /** How many changes are kept at most. */
  readonly capacity = RING_MAX;
  /** What happened here, for metrics; `stored` is of lists that were read from the datastore. */
  readonly figures = {
    initial: 0,
    received: 0,
    undecodable: 0,
    lists: 0,
    fetched: 0,
    returned: 0,
    consistent: 0,
    stored: { lists: 0, fetched: 0, evaluated: 0, returned: 0 },
  };
  readonly #buckets = new Map<string, Bucket>();
  #sortedNamespaces: string[] | undefined;
  #ring: CacheEvent[] = [];
  #ringBytes = 0;
  /** Changes at or before this revision are no longer in the ring. */
  #ringStart = 0;
  #lastChange = 0;
  #size = 0;

  constructor(definition: ResourceDefinition) {
    this.definition = definition;
    this.format = formatOf(definition);
  }

  /** How many objects there are. */
  get size(): number {
    return this.#size;
  }
  /** About how many bytes all of them have. */
  get byteLength(): number {
    let sum = 0;
    for (const bucket of this.#buckets.values()) sum += bucket.byteLength;
    return sum;
  }
  /** The revision of the newest change of this kind. */
  get lastChange(): number {
    return this.#lastChange;
  }

  get(namespace: string, name: string): Entry | undefined {
    return this.#buckets.get(namespace)?.get(name);
  }

  /** In key order; all namespaces when none is given; from the key `start` (`ns/name`, or `name`) on. */
  *list(namespace?: string, start = ''): Generator<Entry, void, void> {
    for (const each of this.#namespaces(namespace)) {
      const slots = this.#buckets.get(each)?.sorted() ?? [];
      for (let i = firstFrom(slots, each, start); i < slots.length; i++) {
        const { entry } = slots[i] as Slot;
        // What is deleted while someone goes through the list is not in it any more.
        if (entry) yield entry;
      }
    }
  }
  /** How many `list` shows, without going through them. */
  count(namespace?: string, start = ''): number {
    let count = 0;
    for (const each of this.#namespaces(namespace)) {
      const slots = this.#buckets.get(each)?.sorted() ?? [];
      count += slots.length - firstFrom(slots, each, start);
    }
    return count;
  }

  /** Puts in what was there at the start: no change for the ring, but told to those who watched before (the authorizers' indexes). */
  load(entry: Entry, nowMs: number): void {
    this.#put(entry);
    this.figures.initial++;
    if (this.watchers.size === 0) return;
    const event = new CacheEvent(entry, undefined, false, nowMs);
    this.watchers.tell(event, entry);
  }
  /** Says that the ring's history begins after `revision`. */
  startAt(revision: number): void {
    this.#ringStart = revision;
    this.#ring = [];
    this.#ringBytes = 0;
    // What changed before is unknown here: lists as of then are read from the datastore's history.
    this.#lastChange = Math.max(this.#lastChange, revision);
  }

  /** Takes in one change and tells the watchers. */
  apply(entry: Entry, isDeleted: boolean, nowMs: number): void {
    const old = this.get(entry.namespace, entry.name);
    if (isDeleted) this.#remove(entry);
    else this.#put(entry);
    this.#lastChange = entry.revision;
    this.figures.received++;
    const event = new CacheEvent(entry, old, isDeleted, nowMs);
    this.#remember(event, nowMs);
    this.watchers.tell(event, entry);
    event.forgetFrames();
  }

  /** The changes after `revision`, or the revision from which on the ring knows them. */
  since(revision: number): CacheEvent[] | { oldest: number } {
    if (revision < this.#ringStart) return { oldest: this.#ringStart };
    const ring = this.#ring;
    let low = 0;
    let high = ring.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ring[middle] as CacheEvent).revision > revision) high = middle;
      else low = middle + 1;
    }
    return ring.slice(low);
  }

  /** Namespace and name from what follows the kind's prefix in a key: `ns/name`, or `name`. */
  placeOf(rest: string): { namespace: string; name: string } {
    const slash = this.definition.namespaced ? rest.indexOf('/') : -1;
    return slash < 0 ? { namespace: '', name: rest } : { namespace: rest.slice(0, slash), name: rest.slice(slash + 1) };
  }

  /** Objects in key order. Admission asks for kinds of which most namespaces have none. */
  objects(namespace?: string): Iterable<KubeObject> {
    return this.#size === 0 || (namespace !== undefined && !this.#buckets.has(namespace)) ? [] : this.#objects(namespace);
  }
  *#objects(namespace: string | undefined): Generator<KubeObject, void, void> {
    for (const entry of this.list(namespace)) yield entry.object;
  }

  #namespaces(namespace: string | undefined): readonly string[] {
    if (namespace !== undefined) return [namespace];
    // Key order: the slash behind the namespace sorts behind `-` and `.`.
    this.#sortedNamespaces ??= [...this.#buckets.keys()].sort((a, b) => (`${a}/` < `${b}/` ? -1 : 1));
    return this.#sortedNamespaces;
  }
  #put(entry: Entry): void {
    let bucket = this.#buckets.get(entry.namespace);
    if (!bucket) {
      bucket = new Bucket();
      this.#buckets.set(entry.namespace, bucket);
      this.#sortedNamespaces = undefined;
    }
    const before = bucket.size;
    bucket.set(entry);
    this.#size += bucket.size - before;
  }
  #remove(entry: Entry): void {
    const bucket = this.#buckets.get(entry.namespace);
    if (!bucket) return;
    const before = bucket.size;
    bucket.delete(entry.name);
    this.#size += bucket.size - before;
    if (bucket.size === 0) {
      this.#buckets.delete(entry.namespace);
      this.#sortedNamespaces = undefined;
    }
  }
  #remember(event: CacheEvent, nowMs: number): void {
    const ring = this.#ring;
    ring.push(event);
    this.#ringBytes += event.byteLength;
    if (this.#ringBytes > RING_MAX_BYTES) return this.#forget(this.#half());
    if (ring.length <= RING_MIN * 2) return;
    // Trimmed in strides: moving the array's beginning for every change would cost more than the changes.
    let drop = Math.max(0, ring.length - RING_MAX);
    if (drop === 0 && ring.length % RING_MIN !== 0) return;
    while (drop < ring.length - RING_MIN && nowMs - (ring[drop] as CacheEvent).atMs > RING_MAX_AGE_MS) drop++;
    if (drop === 0) return;
    drop = Math.min(ring.length - RING_MIN, Math.max(drop, RING_MIN));
    this.#forget(drop);
  }
  /** How many changes to forget until half the bytes are left. */
  #half(): number {
    let count = 0;
    for (let bytes = this.#ringBytes; bytes > RING_MAX_BYTES / 2 && count < this.#ring.length; count++) bytes -= (this.#ring[count] as CacheEvent).byteLength;
    return count;
  }
  #forget(count: number): void {
    const last = this.#ring[count - 1];
    if (!last) return;
    this.#ringStart = last.revision;
    for (let i = 0; i < count; i++) this.#ringBytes -= (this.#ring[i] as CacheEvent).byteLength;
    this.#ring = this.#ring.slice(count);
  }
}

/** The index of the first of a namespace's sorted places whose key is not before `start`. */
function firstFrom(slots: readonly Slot[], namespace: string, start: string): number {
  if (start === '') return 0;
  const prefix = namespace === '' ? '' : `${namespace}/`;
  if (!start.startsWith(prefix)) return prefix < start ? slots.length : 0;
  const wanted = start.slice(prefix.length);
  let low = 0;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((slots[middle] as Slot).name < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
