import type { DownwardAPIVolumeFile, KeyToPath } from '#api/types/core-v1';
import { child, type FieldError, index, invalid, required } from '../../../machinery/field-error.ts';
import { needs } from '../volume-sources.ts';
import { descendingPath, fileMode } from './checks.ts';
import { validateFieldRef, validateResourceFieldRef } from './env.ts';

/** The files of a ConfigMap or a Secret. */
export function validateFiles(source: { defaultMode?: number | undefined; items?: KeyToPath[] | undefined }, path: string): FieldError[] {
  return [...fileMode(child(path, 'defaultMode'), source.defaultMode), ...validateItems(source.items, path)];
}
/** Which keys become which files. */
export function validateItems(items: readonly KeyToPath[] | undefined, path: string): FieldError[] {
  return (items ?? []).flatMap((item, i) => {
    const at = index(child(path, 'items'), i);
    const errors = needs(at, { key: item.key, path: item.path });
    return [...errors, ...unreservedPath(child(at, 'path'), item.path ?? ''), ...fileMode(child(at, 'mode'), item.mode)];
  });
}

/** Names that begin with `..` are kept for the volume's own use. */
export function unreservedPath(path: string, target: string): FieldError[] {
  const errors = descendingPath(path, target);
  if (target.startsWith('..') && !target.startsWith('../')) errors.push(invalid(path, target, "must not start with '..'"));
  return errors;
}

const DOWNWARD_FIELDS = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];
/** A file with something of the Pod's own. Upstream's paths are the list's, not the file's. */
export function validateDownwardFile({ path: target, fieldRef, resourceFieldRef, mode }: DownwardAPIVolumeFile, path: string): FieldError[] {
  const errors = needs(path, { path: target });
  errors.push(...unreservedPath(child(path, 'path'), target));
  if (fieldRef) {
    errors.push(...validateFieldRef(fieldRef, DOWNWARD_FIELDS, child(path, 'fieldRef')));
    if (resourceFieldRef) errors.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  } else if (resourceFieldRef) errors.push(...validateResourceFieldRef(resourceFieldRef, child(path, 'resourceFieldRef'), true));
  else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  return [...errors, ...fileMode(child(path, 'mode'), mode)];
}
