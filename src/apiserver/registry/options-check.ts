import { type FieldError, invalid, newInvalid, notSupported, required, forbidden, type StatusError, validateFieldManager } from '#api';
import type { DeleteOptions } from '#api/types/meta-v1';

/** Options of a write as they were sent, to be checked before they are believed. */
export interface SentOptions {
  readonly kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';
  readonly dryRun?: readonly string[] | undefined;
  readonly fieldManager?: string | undefined;
  readonly fieldValidation?: string | undefined;
  /** PatchOptions only. */
  readonly isApply?: boolean | undefined;
  readonly force?: boolean | undefined;
}

/** Throws Invalid as upstream's ValidateCreateOptions and its siblings do. */
export function checkOptions(options: SentOptions): void {
  const { kind, dryRun = [], fieldManager = '', fieldValidation = '' } = options;
  const errors: FieldError[] = [];
  if (kind === 'PatchOptions') {
    if (options.isApply) {
      if (!fieldManager) errors.push(required('fieldManager', 'is required for apply patch'));
    } else if (options.force !== undefined) errors.push(forbidden('force', 'may not be specified for non-apply patch'));
  }
  if (fieldManager) errors.push(...validateFieldManager(fieldManager));
  errors.push(...dryRunErrors(dryRun));
  if (fieldValidation && !['Ignore', 'Warn', 'Strict'].includes(fieldValidation)) {
    errors.push(notSupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn']));
  }
  if (errors.length > 0) throw optionsInvalid(kind, errors);
}

/** Throws Invalid where the parts of DeleteOptions contradict each other. */
export function checkDeleteOptions(options: DeleteOptions): void {
  const errors: FieldError[] = [];
  const { orphanDependents, propagationPolicy } = options;
  if (orphanDependents !== undefined && propagationPolicy !== undefined) {
    errors.push(invalid('propagationPolicy', propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set'));
  }
  if (propagationPolicy !== undefined && !['Foreground', 'Background', 'Orphan'].includes(propagationPolicy)) {
    errors.push(notSupported('propagationPolicy', propagationPolicy, ['Foreground', 'Background', 'Orphan', 'nil']));
  }
  errors.push(...dryRunErrors(options.dryRun ?? []));
  if (errors.length > 0) throw optionsInvalid('DeleteOptions', errors);
}

function dryRunErrors(dryRun: readonly string[]): FieldError[] {
  return dryRun.every((each) => each === 'All') ? [] : [notSupported('dryRun', dryRun, ['All'])];
}

function optionsInvalid(kind: string, errors: readonly FieldError[]): StatusError {
  return newInvalid({ group: 'meta.k8s.io', kind }, '', errors);
}
