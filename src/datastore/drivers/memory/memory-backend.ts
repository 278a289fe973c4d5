import type { ChangeEvent, KeyValue } from '../../contract.ts';
import type { Backend, ChangesQuery, ListQuery, OpenedState, Write } from '../../core/backend.ts';

interface Version extends KeyValue {
  readonly isDeleted: boolean;
}

/** kine's first row is its own, so a fresh store of k3s is at revision 1; so is this one, and no list is ever at version 0. */
const FIRST_REVISION = 1;

const NO_VALUE = Buffer.alloc(0);

/** Keeps everything in memory: for tests and embedded throw-away clusters. Every version of a key until it is compacted. */
export class MemoryBackend implements Backend {
  readonly #versions = new Map<string, Version[]>();
  #log: ChangeEvent[] = [];
  /** The keys in byte order; undefined when keys came or went since. */
  #sortedKeys: string[] | undefined;

  static open(): { backend: MemoryBackend; state: OpenedState } {
    return { backend: new MemoryBackend(), state: { revision: FIRST_REVISION, compactedRevision: 0, keys: [] } };
  }

  commit(writes: readonly Write[]): Promise<void> {
    for (const write of writes) this.#write(write);
    return Promise.resolve();
  }

  #write(write: Write): void {
    const { key, revision: modRevision, createRevision, ttlSeconds } = write;
    let versions = this.#versions.get(key);
    if (!versions) {
      this.#versions.set(key, (versions = []));
      this.#sortedKeys = undefined;
    }
    const isDeleted = write.type === 'delete';
    const value = write.value ?? NO_VALUE;
    const kv: KeyValue = { key, value, createRevision, modRevision, ...(ttlSeconds ? { ttlSeconds } : {}) };
    versions.push({ ...kv, isDeleted });
    this.#log.push({ type: isDeleted ? 'delete' : 'put', kv });
  }

  get(key: string, revision: number): Promise<KeyValue | undefined> {
    return Promise.resolve(this.#at(key, revision));
  }

  #at(key: string, revision: number): KeyValue | undefined {
    const version = this.#versions.get(key)?.findLast((candidate) => candidate.modRevision <= revision);
    return version && !version.isDeleted ? keyValueOf(version) : undefined;
  }

  list({ prefix, startKey, limit, revision }: ListQuery): Promise<{ items: KeyValue[]; remaining: number }> {
    const items: KeyValue[] = [];
    let remaining = 0;
    this.#sortedKeys ??= [...this.#versions.keys()].sort(compareBytes);
    for (const key of this.#sortedKeys) {
      if (!key.startsWith(prefix) || (startKey !== undefined && compareBytes(key, startKey) < 0)) continue;
      const kv = this.#at(key, revision);
      if (!kv) continue;
      if (limit && items.length >= limit) remaining++;
      else items.push(kv);
    }
    return Promise.resolve({ items, remaining });
  }

  changes({ prefix, after, upTo }: ChangesQuery): Promise<{ events: ChangeEvent[]; reached: number }> {
    const events = this.#log.filter(({ kv }) => kv.modRevision > after && kv.modRevision <= upTo && kv.key.startsWith(prefix));
    return Promise.resolve({ events, reached: upTo });
  }

  compact(_from: number, to: number): Promise<number> {
    this.#log = this.#log.filter((event) => event.kv.modRevision > to);
    for (const [key, versions] of this.#versions) {
      const newest = versions.findLastIndex((version) => version.modRevision <= to);
      const kept = versions.slice(versions[newest]?.isDeleted ? newest + 1 : Math.max(0, newest));
      if (kept.length > 0) this.#versions.set(key, kept);
      else {
        this.#versions.delete(key);
        this.#sortedKeys = undefined;
      }
    }
    return Promise.resolve(to);
  }

  shrink(): Promise<boolean> {
    return Promise.resolve(false);
  }
  size(): Promise<number> {
    return Promise.resolve(0);
  }
  close(): Promise<void> {
    this.#versions.clear();
    this.#log = [];
    return Promise.resolve();
  }
}

function keyValueOf({ key, value, createRevision, modRevision, ttlSeconds }: KeyValue): KeyValue {
  return ttlSeconds ? { key, value, createRevision, modRevision, ttlSeconds } : { key, value, createRevision, modRevision };
}

/** UTF-8 order. JavaScript compares UTF-16 units, which differs only beyond the basic plane. */
function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
