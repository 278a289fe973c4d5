import { controllerOf, type KubeObject } from '#api';
import type { Pod } from '#api/types/core-v1';
import type { Informer } from '#client';

/** Finds objects in a cache without walking it. */
export type Index<T extends KubeObject> = (value: string) => Iterable<T>;

/** Objects in a namespace. */
export function byNamespace<T extends KubeObject>(informer: Informer<T>): Index<T> {
  return index(informer, 'namespace', (object) => object.metadata.namespace ?? '');
}
/** Objects in a namespace that nobody manages: few, where most are managed. */
export function orphansByNamespace<T extends KubeObject>(informer: Informer<T>): Index<T> {
  return index(informer, 'orphan', (object) => (controllerOf(object) ? '' : (object.metadata.namespace ?? '')));
}
/** Objects that an owner (by uid) manages. */
export function byController<T extends KubeObject>(informer: Informer<T>): Index<T> {
  return index(informer, 'controller', (object) => controllerOf(object)?.uid ?? '');
}
/** Pods on a node (by name). */
export function byNode(informer: Informer<Pod>): Index<Pod> {
  return index(informer, 'node', (pod) => pod.spec?.nodeName ?? '');
}

function index<T extends KubeObject>(informer: Informer<T>, name: string, valueOf: (object: T) => string): Index<T> {
  informer.store.addIndex(name, (object) => {
    const value = valueOf(object);
    return value === '' ? [] : [value];
  });
  return (value) => informer.store.byIndex(name, value);
}
