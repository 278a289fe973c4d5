import type { KubeObject } from './object.ts';

/** Takes from `old` what of the metadata status writes of newer kinds may not change; follows metav1.ResetObjectMetaForStatus. */
export function keepMetadata({ metadata }: KubeObject, { metadata: old }: KubeObject): void {
  for (const field of ['deletionTimestamp', 'generation', 'labels', 'annotations', 'finalizers', 'ownerReferences'] as const) {
    if (old[field] === undefined) delete metadata[field];
    else metadata[field] = old[field] as never;
  }
}
