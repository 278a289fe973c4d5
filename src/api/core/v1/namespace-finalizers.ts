import type { Namespace } from '#api/types/core-v1';
import { type FieldError, index, invalid } from '../../machinery/field-error.ts';
import { isQualifiedName } from '../../machinery/names.ts';

const PATH = 'spec.finalizers';
const STANDARD = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** What is wrong with the finalizers of a namespace's spec: they are named each by its place where they are written by themselves. */
export function validateFinalizers({ spec }: Namespace, isFinalize: boolean): FieldError[] {
  return (spec?.finalizers ?? []).flatMap((finalizer, i) => validateFinalizer(finalizer, isFinalize ? index(PATH, i) : PATH));
}

/** A finalizer of a namespace's spec: one of upstream's, or a name with a domain. */
export function validateFinalizer(finalizer: string, path: string): FieldError[] {
  const errors = isQualifiedName(finalizer).map((message) => invalid(path, finalizer, message));
  if (errors.length || finalizer.includes('/') || STANDARD.includes(finalizer)) return errors;
  return [invalid(path, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')];
}
