import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '#api/types/core-v1';
import { child, key } from '../../machinery/field-error.ts';
import { scaledValue } from '../../machinery/quantity.ts';

const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';
/** What is told of the annotation that the class once was, of claims and volumes. */
export function classAnnotationWarnings(annotations: Readonly<Record<string, string>> | undefined): string[] {
  if (annotations?.[BETA_CLASS] === undefined) return [];
  return [`${key('metadata.annotations', BETA_CLASS)}: deprecated since v1.8; use "storageClassName" attribute instead`];
}

/** What a claim's author is told. */
export function claimWarnings({ metadata, spec }: PersistentVolumeClaim): string[] {
  return [...classAnnotationWarnings(metadata.annotations), ...claimSpecWarnings(spec, 'spec')];
}

/** Parts of bytes cannot be had. */
export function claimSpecWarnings({ resources }: PersistentVolumeClaimSpec, path: string): string[] {
  return (['requests', 'limits'] as const).flatMap((list) => {
    const quantity = resources?.[list]?.['storage'];
    if (quantity === undefined || scaledValue(quantity, -3) % 1000n === 0n) return [];
    return [`${key(child(path, 'resources', list), 'storage')}: fractional byte value ${JSON.stringify(quantity)} is invalid, must be an integer`];
  });
}
