import { fail } from '../errors.ts';
import { ArrayList, CelDouble, type CelList, CelMap, type CelValue, integerOf, ValueMap } from '../values.ts';

/** The list that a loop builds: adding to it changes it, so that a loop over n elements takes n steps. */
export class MutableList extends ArrayList {
  declare readonly values: CelValue[];

  override concat(other: CelList): CelList {
    for (const value of other) this.values.push(value);
    return this;
  }
}

/** The map that a loop builds. */
export class MutableMap extends CelMap {
  readonly #entries = new Map<unknown, readonly [CelValue, CelValue]>();

  override get size(): number {
    return this.#entries.size;
  }

  find(key: CelValue): CelValue | undefined {
    return this.#entries.get(plainKey(key))?.[1];
  }

  *keys(): Iterable<CelValue> {
    for (const [key] of this.#entries.values()) yield key;
  }

  insert(key: CelValue, value: CelValue): this {
    const plain = plainKey(key);
    if (this.#entries.has(plain)) fail(`insert failed: key ${String(plain)} already exists`);
    this.#entries.set(plain, [key, value]);
    return this;
  }

  settle(): ValueMap {
    return new ValueMap(this.#entries.values());
  }
}

function plainKey(key: CelValue): unknown {
  return integerOf(key) ?? (key instanceof CelDouble ? key.value : key);
}
