import assert from 'node:assert/strict';

/** What is looked at of an object: its writers add one to `count` with every update, beginning at 1. */
export interface SeenObject {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: number;
  readonly count: number;
}
export type SeenType = 'ADDED' | 'MODIFIED' | 'DELETED';

/**
 * What one informer knows, and whether it could have come about without missing or repeating an event: between two lists every update adds one to its
 * object's count, what is added begins at 1, what is deleted was there, and resource versions grow.
 */
export class SeenLog {
  readonly name: string;
  readonly objects = new Map<string, SeenObject>();
  readonly problems: string[] = [];
  /** How often it began anew from a list. */
  lists = 0;
  events = 0;
  #resourceVersion = 0;

  constructor(name: string) {
    this.name = name;
  }

  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  /** A list: it may be newer than what was seen, never older. */
  replace(resourceVersion: number, objects: readonly SeenObject[]): void {
    this.lists++;
    this.#check(resourceVersion >= this.#resourceVersion, `list ${resourceVersion} is older than ${this.#resourceVersion}`);
    for (const object of objects) {
      const before = this.objects.get(object.name);
      if (before?.uid === object.uid) this.#check(object.count >= before.count, `list shows ${object.name} at ${object.count}, it was at ${before.count}`);
    }
    this.objects.clear();
    for (const object of objects) this.objects.set(object.name, object);
    this.#resourceVersion = resourceVersion;
  }

  event(type: SeenType, object: SeenObject): void {
    const { name, count, resourceVersion } = object;
    const before = this.objects.get(name);
    const what = `${type} ${name} ${count} at ${resourceVersion}`;
    this.events++;
    this.#check(resourceVersion > this.#resourceVersion, `${what} behind ${this.#resourceVersion}`);
    if (type === 'ADDED') this.#check(!before && count === 1, `${what}, known at ${before?.count}`);
    if (type === 'MODIFIED') this.#check(before?.count === count - 1 && before.uid === object.uid, `${what}, known at ${before?.count}`);
    if (type === 'DELETED') this.#check(before?.count === count && before.uid === object.uid, `${what}, known at ${before?.count}`);
    if (type === 'DELETED') this.objects.delete(name);
    else this.objects.set(name, object);
    this.#resourceVersion = resourceVersion;
  }

  bookmark(resourceVersion: number): void {
    this.#check(resourceVersion >= this.#resourceVersion, `bookmark ${resourceVersion} behind ${this.#resourceVersion}`);
    this.#resourceVersion = resourceVersion;
  }

  /** Name and resource version of all that is known. */
  get state(): string {
    return stateOf(this.objects.values());
  }

  assertRight(): void {
    assert.deepEqual(this.problems.slice(0, 10), [], this.name);
  }

  #check(isRight: boolean, problem: string): void {
    if (!isRight) this.problems.push(problem);
  }
}

export function stateOf(objects: Iterable<SeenObject>): string {
  return [...objects]
    .map(({ name, resourceVersion }) => `${name} ${resourceVersion}`)
    .sort()
    .join('\n');
}

/** A Lease as the writers make it: no other kind is without objects of the system in a new namespace and has a number. */
export interface CountedLease {
  readonly metadata?: { readonly name?: string; readonly uid?: string; readonly resourceVersion?: string };
  readonly spec?: { readonly leaseTransitions?: number };
}
export function seenObject({ metadata, spec }: CountedLease): SeenObject {
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    resourceVersion: Number(metadata?.resourceVersion),
    count: Number(spec?.leaseTransitions),
  };
}
