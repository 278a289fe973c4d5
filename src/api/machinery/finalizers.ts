import type { KubeObject } from './object.ts';

/** Whether the object has the finalizer. */
export function hasFinalizer(object: KubeObject, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) ?? false;
}

/** The object with the finalizer: a copy, or the object itself when it had it. */
export function withFinalizer<T extends KubeObject>(object: T, finalizer: string): T {
  if (hasFinalizer(object, finalizer)) return object;
  return { ...object, metadata: { ...object.metadata, finalizers: [...(object.metadata.finalizers ?? []), finalizer] } };
}

/** The object without the finalizer: a copy, or the object itself when it did not have it. */
export function withoutFinalizer<T extends KubeObject>(object: T, finalizer: string): T {
  if (!hasFinalizer(object, finalizer)) return object;
  const { finalizers, ...metadata } = object.metadata;
  const left = finalizers?.filter((other) => other !== finalizer) ?? [];
  return { ...object, metadata: left.length ? { ...metadata, finalizers: left } : metadata };
}
