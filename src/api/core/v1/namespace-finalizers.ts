import { type FieldError, invalid } from '../../machinery/field-error.ts';
import { isQualifiedName } from '../../machinery/names.ts';

const STANDARD = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** A finalizer of a namespace's spec: one of upstream's, or a name with a domain. */
export function validateFinalizer(finalizer: string, path: string): FieldError[] {
  const errors = isQualifiedName(finalizer).map((message) => invalid(path, finalizer, message));
  if (errors.length || finalizer.includes('/') || STANDARD.includes(finalizer)) return errors;
  return [invalid(path, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')];
}
