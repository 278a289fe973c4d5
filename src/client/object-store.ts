import { type KubeObject, keyOf } from '#api';

/** Computes the values under which an object is found in an index. */
export type IndexFunction<T extends KubeObject> = (object: T) => readonly string[];

/** What an informer knows, read only. Objects are shared: nobody changes them. */
export interface ObjectStore<T extends KubeObject> {
  readonly size: number;
  /** By `namespace/name`, or `name`. */
  get(key: string): T | undefined;
  /** All objects, or those of one namespace. */
  list(namespace?: string): T[];
  keys(): IterableIterator<string>;
  /** The objects that the index `name` has under `value`. Throws an Error when there is no such index. */
  byIndex(name: string, value: string): T[];
  /** Adds an index, also over what is already there. A second one of the same name is ignored. */
  addIndex(name: string, index: IndexFunction<T>): void;
}

const NAMESPACE = 'namespace';

interface Index<T extends KubeObject> {
  readonly of: IndexFunction<T>;
  readonly objects: Map<string, Map<string, T>>;
}

/** The store that an informer writes. */
export class IndexedStore<T extends KubeObject> implements ObjectStore<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();

  get size(): number {
    return this.#objects.size;
  }
  get(key: string): T | undefined {
    return this.#objects.get(key);
  }
  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }
  list(namespace?: string): T[] {
    if (namespace === undefined) return [...this.#objects.values()];
    // Made when first asked for: most informers never are.
    this.addIndex(NAMESPACE, (object) => [object.metadata.namespace ?? '']);
    return this.byIndex(NAMESPACE, namespace);
  }
  byIndex(name: string, value: string): T[] {
    const index = this.#indexes.get(name);
    if (!index) throw new Error(`Cannot read index "${name}": no such index; add it with addIndex`);
    return [...(index.objects.get(value)?.values() ?? [])];
  }
  addIndex(name: string, of: IndexFunction<T>): void {
    if (this.#indexes.has(name)) return;
    const index: Index<T> = { of, objects: new Map() };
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) insert(index, key, object);
  }

  /** Puts the object and returns what was there. */
  set(object: T): T | undefined {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const index of this.#indexes.values()) {
      if (old) remove(index, key, old);
      insert(index, key, object);
    }
    return old;
  }
  delete(key: string): T | undefined {
    const old = this.#objects.get(key);
    if (!old) return undefined;
    this.#objects.delete(key);
    for (const index of this.#indexes.values()) remove(index, key, old);
    return old;
  }
}

function insert<T extends KubeObject>({ of, objects }: Index<T>, key: string, object: T): void {
  for (const value of of(object)) {
    const bucket = objects.get(value);
    if (bucket) bucket.set(key, object);
    else objects.set(value, new Map([[key, object]]));
  }
}
function remove<T extends KubeObject>({ of, objects }: Index<T>, key: string, object: T): void {
  for (const value of of(object)) {
    const bucket = objects.get(value);
    bucket?.delete(key);
    if (bucket?.size === 0) objects.delete(value);
  }
}
