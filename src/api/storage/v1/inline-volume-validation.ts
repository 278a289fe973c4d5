import type { PersistentVolume, PersistentVolumeSpec } from '#api/types/core-v1';
import { validateVolume } from '../../core/v1/persistent-volume-validation.ts';
import { type FieldError, forbidden, required } from '../../machinery/field-error.ts';

const CONTEXT = 'in the context of inline volumes';
/** What is judged in another way within attachments. */
const OWN_RULES = /^spec\.(capacity|persistentVolumeReclaimPolicy|nodeAffinity|storageClassName|volumeMode)\b/;

/** What is wrong with a volume that an attachment spells out; follows ValidatePersistentVolumeSpec of pkg/apis/core/validation for inline volumes. */
export function validateInlineVolume(spec: PersistentVolumeSpec, path: string): FieldError[] {
  const all = validateVolume({ metadata: {}, spec } as PersistentVolume).filter(({ field }) => !OWN_RULES.test(field));
  const moved = all.map((error) => ({ ...error, field: path + error.field.slice('spec'.length) }));
  const isMode = ({ field }: FieldError): boolean => field.startsWith(`${path}.accessModes`);
  return [
    ...(spec.claimRef ? [absent(`${path}.claimRef`)] : []),
    ...(Object.keys(spec.capacity ?? {}).length > 0 ? [absent(`${path}.capacity`)] : []),
    ...(spec.csi ? [] : [required(`${path}.csi`, `has to be specified ${CONTEXT}`)]),
    ...moved.filter(isMode),
    ...only(spec.persistentVolumeReclaimPolicy, 'Retain', `${path}.persistentVolumeReclaimPolicy`),
    ...(spec.nodeAffinity ? [absent(`${path}.nodeAffinity`)] : []),
    ...moved.filter((error) => !isMode(error)),
    ...(spec.storageClassName ? [absent(`${path}.storageClassName`)] : []),
    ...only(spec.volumeMode, 'Filesystem', `${path}.volumeMode`),
  ];
}

function absent(path: string): FieldError {
  return forbidden(path, `may not be specified ${CONTEXT}`);
}
function only(value: string | undefined, allowed: string, path: string): FieldError[] {
  return value && value !== allowed ? [forbidden(path, `may only be ${allowed} ${CONTEXT}`)] : [];
}
