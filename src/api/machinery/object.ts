import type { ListMeta, ObjectMeta } from '#api/types/meta-v1';

/**
 * Any Kubernetes object. Objects that a client, an informer or the watch cache hands out are shared:
 * nobody changes them; copy what you change (`{ ...pod, status: { ...pod.status } }` or structuredClone).
 */
export interface KubeObject {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata: ObjectMeta;
}
export interface KubeList<T extends KubeObject = KubeObject> {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata: ListMeta;
  items: T[];
}
export type WatchEvent<T extends KubeObject = KubeObject> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  /** Only `metadata.resourceVersion` of the object means anything; the annotation `k8s.io/initial-events-end` ends the initial list. */
  | { type: 'BOOKMARK'; object: T };

/** Where an object is: `namespace` is absent for cluster-scoped kinds. */
export interface ObjectRef {
  namespace?: string | undefined;
  name: string;
}

/** `namespace/name`, or `name` when cluster-scoped: the key of caches and work queues. */
export function keyOf(object: KubeObject | ObjectRef): string {
  const { namespace, name } = 'metadata' in object ? object.metadata : object;
  return namespace ? `${namespace}/${name ?? ''}` : (name ?? '');
}

/** The inverse of `keyOf`. */
export function refOf(key: string): ObjectRef {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
