import { type KubeObject, keyOf, type ResourceType } from '#api';
import { type Client, createInformer, type Informer } from '#client';
import type { Log } from '#lib';

/** One object that pods of this node name, watched while any of them is here. */
interface Watched {
  readonly informer: Informer<KubeObject>;
  readonly abort: AbortController;
  readonly holders: Set<string>;
}

/** ConfigMaps, Secrets and the like that pods refer to: each is watched by its name alone, which is all that a node may see. */
export interface ReferencedObjects {
  /** The object as it is now, and kept up to date until `release(podUid)`; undefined: there is none. */
  get<T extends KubeObject>(podUid: string, type: ResourceType<T>, namespace: string | undefined, name: string): Promise<T | undefined>;
  release(podUid: string): void;
  stop(): void;
}

/** `changed` is called with the uid of every pod that holds an object that appeared, changed or went. */
export function createReferencedObjects(client: Client, changed: (podUid: string) => void, log: Log): ReferencedObjects {
  const watched = new Map<string, Watched>();
  const watch = (type: ResourceType, namespace: string | undefined, name: string): Watched => {
    const abort = new AbortController();
    const informer = createInformer(client, type, { signal: abort.signal, namespace, fieldSelector: `metadata.name=${name}`, log });
    const item: Watched = { informer, abort, holders: new Set() };
    const tell = () => {
      if (informer.hasSynced) for (const uid of item.holders) changed(uid);
    };
    informer.on({ added: tell, updated: tell, deleted: tell });
    return item;
  };
  return {
    async get<T extends KubeObject>(podUid: string, type: ResourceType<T>, namespace: string | undefined, name: string): Promise<T | undefined> {
      const key = `${type.plural}.${type.group}/${namespace ?? ''}/${name}`;
      let item = watched.get(key);
      if (!item) {
        item = watch(type, namespace, name);
        watched.set(key, item);
      }
      item.holders.add(podUid);
      await item.informer.synced;
      return item.informer.store.get(keyOf({ namespace, name })) as T | undefined;
    },
    release(podUid) {
      for (const [key, item] of watched) {
        item.holders.delete(podUid);
        if (item.holders.size > 0) continue;
        item.abort.abort();
        watched.delete(key);
      }
    },
    stop() {
      for (const item of watched.values()) item.abort.abort();
      watched.clear();
    },
  };
}
