import type { ObjectMeta } from '#api/types/meta-v1';
import { child, type FieldError, forbidden } from './field-error.ts';
import { validateAnnotations } from './object-meta.ts';
import { validateLabels } from './selector.ts';

// As upstream derives them from Go's names, in the order of its struct.
const OTHERS = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uID',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'ownerReferences',
  'finalizers',
  'managedFields',
];

/** The metadata of what is yet to be made (claims of templates): labels and annotations, nothing else. */
export function validateTemplateMeta(meta: ObjectMeta | undefined, path: string): FieldError[] {
  if (!meta) return [];
  const errors = [...validateAnnotations(meta.annotations, child(path, 'annotations')), ...validateLabels(meta.labels, child(path, 'labels'))];
  for (const field of OTHERS) {
    const value = (meta as Record<string, unknown>)[field === 'uID' ? 'uid' : field];
    if (value !== undefined && value !== null && value !== '') errors.push(forbidden(child(path, field), 'cannot be set'));
  }
  return errors;
}
