import type { PersistentVolume } from '#api/types/core-v1';
import { key } from '../../machinery/field-error.ts';
import { scaledValue } from '../../machinery/quantity.ts';
import { classAnnotationWarnings } from './claim-warnings.ts';
import { nodeTermWarnings } from './pod/warnings.ts';

const RECYCLE =
  'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';
/** Sources that are deprecated or gone (pkg/api/persistentvolume/util.go). */
const OLD_SOURCES: Readonly<Record<string, string>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
};

/** What a PersistentVolume's author is told. */
export function volumeWarnings({ metadata, spec }: PersistentVolume): string[] {
  const warnings = classAnnotationWarnings(metadata.annotations);
  const byMount = 'volume.beta.kubernetes.io/mount-options';
  if (metadata.annotations?.[byMount] !== undefined)
    warnings.push(`${key('metadata.annotations', byMount)}: deprecated since v1.31; use "mountOptions" attribute instead`);
  if (spec.persistentVolumeReclaimPolicy === 'Recycle') warnings.push(RECYCLE);
  for (const [i, term] of (spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).entries())
    warnings.push(...nodeTermWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${i}]`, false));
  for (const [name, text] of Object.entries(OLD_SOURCES)) if (name in spec) warnings.push(`spec.${name}: ${text}`);
  const quantity = spec.capacity?.['storage'];
  if (quantity !== undefined && scaledValue(quantity, -3) % 1000n !== 0n)
    warnings.push(`${key('spec.capacity', 'storage')}: fractional byte value ${JSON.stringify(quantity)} is invalid, must be an integer`);
  return warnings;
}
