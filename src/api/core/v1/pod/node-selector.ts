import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from '#api/types/core-v1';
import { child, type FieldError, forbidden, index, invalid, required } from '../../../machinery/field-error.ts';
import { isDns1123Subdomain, isLabelValue, isQualifiedName } from '../../../machinery/names.ts';
import { invalidEach } from './checks.ts';

/** `allowInvalidValues`: values that no label can have are let through. */
export interface NodeSelectorOptions {
  readonly allowInvalidValues?: boolean;
}

/** Which nodes are meant: at least one alternative, each well formed. Also of PersistentVolumes. */
export function validateNodeSelector({ nodeSelectorTerms }: NodeSelector, path: string, options: NodeSelectorOptions = {}): FieldError[] {
  const terms = child(path, 'nodeSelectorTerms');
  if (!nodeSelectorTerms?.length) return [required(terms, 'must have at least one node selector term')];
  return nodeSelectorTerms.flatMap((term, i) => validateNodeSelectorTerm(term, index(terms, i), options));
}

/** One alternative of a node selector. */
export function validateNodeSelectorTerm(term: NodeSelectorTerm | undefined, path: string, options: NodeSelectorOptions): FieldError[] {
  return [
    ...(term?.matchExpressions ?? []).flatMap((requirement, i) => validateRequirement(requirement, index(child(path, 'matchExpressions'), i), options)),
    ...(term?.matchFields ?? []).flatMap((requirement, i) => validateFieldRequirement(requirement, index(child(path, 'matchFields'), i))),
  ];
}

/** Whether there are values that no label can have: older versions let them in. */
export function hasInvalidNodeValues(terms: readonly NodeSelectorTerm[] | undefined): boolean {
  return (terms ?? []).some(({ matchExpressions }) =>
    (matchExpressions ?? []).some(({ values }) => (values ?? []).some((value) => isLabelValue(value).length > 0)),
  );
}

function validateRequirement({ key, operator, values }: NodeSelectorRequirement, path: string, options: NodeSelectorOptions): FieldError[] {
  const errors: FieldError[] = [];
  const at = child(path, 'values');
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (!values?.length) errors.push(required(at, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values?.length) errors.push(forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      break;
    case 'Gt':
    case 'Lt':
      if (values?.length !== 1) errors.push(required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      break;
    default:
      errors.push(invalid(child(path, 'operator'), operator ?? '', 'not a valid selector operator'));
  }
  errors.push(...invalidEach(child(path, 'key'), key, isQualifiedName(key)));
  if (options.allowInvalidValues) return errors;
  for (const [i, value] of (values ?? []).entries()) errors.push(...invalidEach(index(at, i), value, isLabelValue(value)));
  return errors;
}

function validateFieldRequirement({ key, operator, values }: NodeSelectorRequirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values?.length !== 1) errors.push(required(child(path, 'values'), "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
  } else errors.push(invalid(child(path, 'operator'), operator ?? '', 'not a valid selector operator'));
  if (key !== 'metadata.name') return [...errors, invalid(child(path, 'key'), key ?? '', 'not a valid field selector key')];
  for (const [i, value] of (values ?? []).entries()) errors.push(...invalidEach(index(child(path, 'values'), i), value, isDns1123Subdomain(value)));
  return errors;
}
