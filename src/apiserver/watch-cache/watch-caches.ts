import type { KubeObject, ObjectRef, ResourceDefinition, ResourceType } from '#api';
import { type ChangeEvent, type Datastore, DatastoreError } from '#datastore';
import { type Clock, type Log, type Timer } from '#lib';
import type { ObjectReader } from '../contract.ts';
import { Entry } from './entry.ts';
import { ResourceCache } from './resource-cache.ts';
import type { Watcher } from './watchers.ts';

const ROOT = '/registry/';
const BOOKMARK_INTERVAL_MS = 60_000;

/** How long after a loss the datastore is asked again. */
const RETRY_MS = 500;

// On the bytes themselves: a table beside them would be gone through with every collection of garbage.
const madeOf = Symbol('made of');
interface OwnWrite extends Buffer {
  [madeOf]?: KubeObject | Entry | undefined;
}

/** A change that happened while nobody told. */
interface Missed {
  readonly cache: ResourceCache;
  readonly entry: Entry;
  readonly isDeleted: boolean;
}

export interface WatchCachesOptions {
  readonly datastore: Datastore;
  readonly definitions: readonly ResourceDefinition[];
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The caches of all kinds, fed by one watch of the datastore.
 *
 * Invariants: `applied <= datastore.revision`; every cache shows exactly the state at `applied`; watchers are told in revision order.
 */
export class WatchCaches implements ObjectReader {
  readonly #options: WatchCachesOptions;
  readonly #byStorage = new Map<string, ResourceCache>();
  readonly #byResource = new Map<string, ResourceCache>();
  /** Changes of kinds whose caches are being made, by the prefix of their keys. */
  readonly #loading = new Map<string, ChangeEvent[]>();
  readonly #stopped = new AbortController();
  /** What `#byResource` says, by the very object that was asked with: most ask with the same few. */
  #byType = new WeakMap<ResourceType, ResourceCache>();
  #applied = 0;
  #waiting: { revision: number; resolve: () => void }[] = [];
  #feeding: Promise<void> | undefined;
  #bookmarkTimer: Timer | undefined;
  #problem: string | undefined;

  constructor(options: WatchCachesOptions) {
    this.#options = options;
    for (const definition of options.definitions) this.add(definition);
  }

  /** The revision that all caches show. */
  get applied(): number {
    return this.#applied;
  }
  /** Why the caches are not following the datastore now. */
  get problem(): string | undefined {
    return this.#problem;
  }
  get all(): Iterable<ResourceCache> {
    return this.#byStorage.values();
  }

  /** Makes a cache for a kind that is stored. */
  add(definition: ResourceDefinition): void {
    if (definition.storage === undefined) return;
    const cache = new ResourceCache(definition);
    cache.startAt(this.#applied);
    this.#byStorage.set(definition.storage, cache);
    this.#byResource.set(resourceKey(definition), cache);
    this.#byType = new WeakMap();
    for (const served of definition.alsoServedAs ?? []) this.#byResource.set(`${served.group}/${definition.plural}`, cache);
  }

  /**
   * Makes a cache for a kind that comes, or changes, while the server runs: reads what is stored of it, takes in what changed meanwhile, and only then
   * takes the place of the cache that was there. Those who watched that one have to begin anew.
   */
  async reload(definition: ResourceDefinition): Promise<void> {
    const { storage } = definition;
    if (storage === undefined) return;
    const prefix = `${ROOT}${storage}/`;
    const meanwhile: ChangeEvent[] = [];
    this.#loading.set(prefix, meanwhile);
    try {
      const { revision, items } = await this.#options.datastore.list(prefix);
      const pending = this.shows(revision);
      if (pending) await pending;
      const nowMs = this.#options.clock.now();
      const cache = new ResourceCache(definition);
      for (const { key, value, modRevision } of items) cache.load(new Entry(cache.format, cache.placeOf(key.slice(prefix.length)), value, modRevision), nowMs);
      cache.startAt(revision);
      const old = this.#byStorage.get(storage);
      this.#byStorage.set(storage, cache);
      this.#byResource.set(resourceKey(definition), cache);
      this.#byType = new WeakMap();
      this.#loading.delete(prefix);
      for (const event of meanwhile) if (event.kv.modRevision > revision) this.#apply(event, nowMs);
      if (old) endAll(old);
    } finally {
      this.#loading.delete(prefix);
    }
  }
  /** Forgets a kind; who watches it is told that this is the end. */
  remove(definition: ResourceDefinition): void {
    const cache = this.#byStorage.get(definition.storage ?? '');
    if (!cache) return;
    this.#byStorage.delete(definition.storage ?? '');
    this.#byResource.delete(resourceKey(definition));
    this.#byType = new WeakMap();
    endAll(cache);
  }

  /** The cache of a kind; undefined where nothing is stored. */
  cacheOf(type: ResourceType): ResourceCache | undefined {
    let cache = this.#byType.get(type);
    if (!cache) {
      cache = this.#byResource.get(resourceKey(type));
      if (cache) this.#byType.set(type, cache);
    }
    return cache;
  }

  /** Whether this is the cache of its kind, and not one that another has taken the place of. */
  isCurrent(cache: ResourceCache): boolean {
    return this.#byStorage.get(cache.definition.storage ?? '') === cache;
  }

  /** The kind whose objects are below a key of the datastore; undefined: there is none. */
  kindAt(key: string): ResourceDefinition | undefined {
    return this.#cacheAt(key)?.cache.definition;
  }

  /** Reads everything once, then follows. */
  async start(): Promise<void> {
    await this.#loadAll();
    this.#feeding = this.#feed();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#bookmarkTimer?.cancel();
    for (const cache of this.#byStorage.values()) endAll(cache);
    this.#release(Number.POSITIVE_INFINITY);
    await this.#feeding;
  }

  /** Says which object these bytes were made of, so that the change they come back as is not parsed again. */
  handOver(value: Buffer, object: KubeObject): void {
    (value as OwnWrite)[madeOf] = object;
  }
  /** The entry for a write of these bytes that was given `revision`: the cache's own when it has come by already. */
  entryFor(cache: ResourceCache, place: { namespace: string; name: string }, value: Buffer, revision: number): Entry {
    const known = (value as OwnWrite)[madeOf];
    if (known instanceof Entry) {
      // Both who wrote it and the watch have asked: what the datastore keeps of it shall keep no more than the bytes.
      (value as OwnWrite)[madeOf] = undefined;
      return known;
    }
    const entry = new Entry(cache.format, place, value, revision, known);
    if (known) (value as OwnWrite)[madeOf] = entry;
    return entry;
  }

  /** Resolves when the caches show everything that was durable when this was called; undefined: they do already. */
  fresh(): Promise<void> | undefined {
    return this.shows(this.#options.datastore.revision);
  }
  /** Resolves when the caches show `revision`; undefined: they do already. */
  shows(revision: number): Promise<void> | undefined {
    if (this.#applied >= revision || this.#stopped.signal.aborted) return undefined;
    return new Promise((resolve) => this.#waiting.push({ revision, resolve }));
  }

  /** Adds a watcher; returns what removes it. Events come after this call only. */
  watch(cache: ResourceCache, watcher: Watcher): () => void {
    cache.watchers.add(watcher);
    if (watcher.wantsBookmarks) this.#armBookmarks();
    return () => cache.watchers.delete(watcher);
  }

  // ObjectReader

  get<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef): T | undefined {
    return this.cacheOf(type)?.get(ref.namespace ?? '', ref.name)?.object as T | undefined;
  }
  list<T extends KubeObject>(type: ResourceType<T>, namespace?: string): Iterable<T> {
    return (this.cacheOf(type)?.objects(namespace) ?? []) as Iterable<T>;
  }
  onChange<T extends KubeObject>(type: ResourceType<T>, changed: (object: T, old: T | undefined, isDeleted: boolean) => void): () => void {
    const cache = this.cacheOf(type);
    if (!cache) return () => {};
    return this.watch(cache, {
      wantsBookmarks: false,
      event: ({ entry, old, isDeleted }) => changed(entry.object as T, old?.object as T | undefined, isDeleted),
      bookmark: () => {},
      end: () => {},
    });
  }
  async settled(_type: ResourceType): Promise<void> {
    await this.fresh();
  }

  async #loadAll(): Promise<void> {
    const { revision, items } = await this.#options.datastore.list(ROOT);
    const nowMs = this.#options.clock.now();
    for (const { key, value, modRevision } of items) {
      const found = this.#locate(key);
      const entry = found && new Entry(found.cache.format, found.place, value, modRevision);
      if (entry && this.#isReadable(found.cache, key, entry)) found.cache.load(entry, nowMs);
    }
    for (const cache of this.#byStorage.values()) cache.startAt(revision);
    this.#advance(revision);
  }

  /** Follows the datastore until stopped. A watch that is lost goes on where it ended; only where that is past remembering everything is read anew. */
  async #feed(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const cause = await this.#follow().catch((error: unknown) => error);
      if (signal.aborted || hasCode(cause, 'closed')) return;
      this.#problem = `watch cache lost the datastore: ${cause instanceof Error ? cause.message : 'the watch ended'}`;
      log.warning('Watch of the datastore ended', { err: cause });
      await clock.sleep(RETRY_MS, signal).catch(() => {});
      if (!signal.aborted) await this.#recover(hasCode(cause, 'compacted')).catch((err: unknown) => log.warning('Cannot read the datastore', { err }));
    }
  }

  async #follow(): Promise<void> {
    const { datastore, clock } = this.#options;
    const { signal } = this.#stopped;
    for await (const batch of datastore.watch({ prefix: ROOT, afterRevision: this.#applied, signal })) {
      const nowMs = clock.now();
      for (const event of batch.events) this.#applySafely(event, nowMs);
      this.#advance(batch.revision);
    }
  }

  /** Reads what the next watch will not tell; a read that succeeds shows that the datastore is back. */
  async #recover(isPast: boolean): Promise<void> {
    if (isPast) await this.#reload();
    else await this.#options.datastore.list(ROOT, { limit: 1 });
    this.#problem = undefined;
  }

  /** Reads everything and tells watchers the difference, in the order of revisions. */
  async #reload(): Promise<void> {
    const { revision, items } = await this.#options.datastore.list(ROOT);
    const missed: Missed[] = [];
    const present = new Set<Entry>();
    for (const kv of items) {
      const found = this.#locate(kv.key);
      if (!found) continue;
      const { cache, place } = found;
      const known = cache.get(place.namespace, place.name);
      if (known) present.add(known);
      if (known?.revision === kv.modRevision) continue;
      // Deleted and made anew: the deletion took one of the revisions between.
      if (known && known.revision < kv.createRevision) missed.push({ cache, entry: known.atRevision(kv.createRevision - 1), isDeleted: true });
      const entry = new Entry(cache.format, place, kv.value, kv.modRevision);
      if (this.#isReadable(cache, kv.key, entry)) missed.push({ cache, entry, isDeleted: false });
    }
    for (const cache of this.#byStorage.values()) {
      for (const entry of cache.list()) if (!present.has(entry)) missed.push({ cache, entry: entry.atRevision(revision), isDeleted: true });
    }
    missed.sort((a, b) => a.entry.revision - b.entry.revision);
    const nowMs = this.#options.clock.now();
    for (const { cache, entry, isDeleted } of missed) cache.apply(entry, isDeleted, nowMs);
    for (const cache of this.#byStorage.values()) cache.startAt(revision);
    this.#advance(revision);
  }

  /** One change that nobody can make sense of must not stop all that come after it. */
  #applySafely(event: ChangeEvent, nowMs: number): void {
    try {
      this.#apply(event, nowMs);
    } catch (err) {
      this.#options.log.error('Cannot take in a change', { err, key: event.kv.key });
    }
  }

  /** What cannot be read is not shown: it could be neither listed nor watched, and would take all others of its kind with it. */
  #isReadable(cache: ResourceCache, key: string, entry: Entry): boolean {
    const problem = entry.problem();
    if (!problem) return true;
    cache.figures.undecodable++;
    this.#options.log.error('Cannot read an object of the datastore', { err: problem, key });
    return false;
  }

  #apply(event: ChangeEvent, nowMs: number): void {
    if (this.#loading.size > 0) for (const [prefix, changes] of this.#loading) if (event.kv.key.startsWith(prefix)) changes.push(event);
    const found = this.#locate(event.kv.key);
    if (!found) return;
    const { cache, place } = found;
    const { value, modRevision } = event.kv;
    const entry = event.type === 'delete' ? undefined : this.entryFor(cache, place, value, modRevision);
    if (entry && this.#isReadable(cache, event.kv.key, entry)) {
      cache.apply(entry, false, nowMs);
      return;
    }
    // What was never there was shown to nobody.
    const old = cache.get(place.namespace, place.name);
    if (old) cache.apply(old.atRevision(modRevision), true, nowMs);
  }

  #locate(key: string): { cache: ResourceCache; place: { namespace: string; name: string } } | undefined {
    const found = this.#cacheAt(key);
    return found && { cache: found.cache, place: found.cache.placeOf(key.slice(found.end + 1)) };
  }
  /** The cache for a key, and where its prefix ends. */
  #cacheAt(key: string): { cache: ResourceCache; end: number } | undefined {
    const first = key.indexOf('/', ROOT.length);
    if (first < 0) return undefined;
    let cache = this.#byStorage.get(key.slice(ROOT.length, first));
    let end = first;
    if (!cache) {
      end = key.indexOf('/', first + 1);
      if (end < 0) return undefined;
      cache = this.#byStorage.get(key.slice(ROOT.length, end));
    }
    return cache && { cache, end };
  }

  #advance(revision: number): void {
    if (revision <= this.#applied) return;
    this.#applied = revision;
    this.#release(revision);
  }
  #release(revision: number): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = waiting.filter((each) => each.revision > revision);
    for (const each of waiting) if (each.revision <= revision) each.resolve();
  }

  #armBookmarks(): void {
    this.#bookmarkTimer ??= this.#options.clock.setTimer(BOOKMARK_INTERVAL_MS, () => {
      this.#bookmarkTimer = undefined;
      let wanted = false;
      for (const cache of this.#byStorage.values()) {
        for (const watcher of cache.watchers) {
          if (!watcher.wantsBookmarks) continue;
          wanted = true;
          watcher.bookmark(this.#applied);
        }
      }
      if (wanted && !this.#stopped.signal.aborted) this.#armBookmarks();
    });
  }
}

function endAll(cache: ResourceCache): void {
  const watchers = Array.from(cache.watchers);
  cache.watchers.clear();
  for (const watcher of watchers) watcher.end('stopped');
}

function hasCode(error: unknown, code: DatastoreError['code']): boolean {
  return error instanceof DatastoreError && error.code === code;
}

function resourceKey(type: ResourceType): string {
  return `${type.group}/${type.plural}`;
}
