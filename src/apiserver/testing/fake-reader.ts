import { type KubeObject, keyOf, type ObjectRef, type ResourceType } from '#api';
import type { ObjectReader } from '../contract.ts';

type Listener = (object: KubeObject, old: KubeObject | undefined, isDeleted: boolean) => void;

/** An ObjectReader for tests over objects that `put` and `remove` change. */
export interface FakeReader extends ObjectReader {
  put<T extends KubeObject>(type: ResourceType<T>, object: T): T;
  remove(type: ResourceType, ref: ObjectRef): void;
}

export function createFakeReader(): FakeReader {
  const objects = new Map<string, Map<string, KubeObject>>();
  const listeners = new Map<string, Set<Listener>>();
  const id = (type: ResourceType) => `${type.group}/${type.plural}`;
  const of = (type: ResourceType) => {
    let all = objects.get(id(type));
    if (!all) objects.set(id(type), (all = new Map()));
    return all;
  };
  const tell = (type: ResourceType, object: KubeObject, old: KubeObject | undefined, isDeleted: boolean) => {
    for (const listener of listeners.get(id(type)) ?? []) listener(object, old, isDeleted);
  };
  return {
    get: (type, ref) => of(type).get(keyOf(ref)) as never,
    list: (type, namespace) => [...of(type).values()].filter((object) => !namespace || object.metadata.namespace === namespace) as never,
    onChange(type, changed) {
      const all = listeners.get(id(type)) ?? new Set();
      listeners.set(id(type), all.add(changed as Listener));
      return () => all.delete(changed as Listener);
    },
    settled: async () => {},
    put(type, object) {
      const old = of(type).get(keyOf(object));
      of(type).set(keyOf(object), object);
      tell(type, object, old, false);
      return object;
    },
    remove(type, ref) {
      const old = of(type).get(keyOf(ref));
      if (!old) return;
      of(type).delete(keyOf(ref));
      tell(type, old, old, true);
    },
  };
}
