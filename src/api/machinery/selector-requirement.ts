/** One requirement of a label selector, and the checks that upstream makes when it builds one. */
import { type FieldError, formatFieldError, invalid } from './field-error.ts';
import { isLabelValue, isQualifiedName } from './names.ts';

export type SelectorOperator = 'in' | 'notin' | '=' | '==' | '!=' | 'exists' | '!' | 'gt' | 'lt';
export interface SelectorRequirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  /** Sorted, without doubles. */
  readonly values: readonly string[];
}

/** A text or object that is no selector; the message is upstream's. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

/** A checked requirement; throws SelectorError. */
export function newRequirement(key: string, operator: SelectorOperator, values: readonly string[]): SelectorRequirement {
  const errors = [...nameErrors(key, 'key'), ...countErrors(operator, values)];
  values.forEach((value, i) => {
    const messages = isLabelValue(value);
    if (messages.length) errors.push(invalid(`values[${i}][${key}]`, value, messages.join('; ')));
  });
  const [first, ...more] = errors.map(formatFieldError);
  if (first !== undefined) throw new SelectorError(more.length ? `[${[...new Set([first, ...more])].join(', ')}]` : first);
  return { key, operator, values: values.length > 1 ? [...new Set(values)].sort() : values };
}
/** Upstream's check of a label key in a selector, one error at most. */
export function nameErrors(key: string, path: string): FieldError[] {
  const messages = isQualifiedName(key);
  return messages.length ? [invalid(path, key, messages.join('; '))] : [];
}
function countErrors(operator: SelectorOperator, values: readonly string[]): FieldError[] {
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length === 0 ? [invalid('values', values, "for 'in', 'notin' operators, values set can't be empty")] : [];
    case 'exists':
    case '!':
      return values.length > 0 ? [invalid('values', values, 'values set must be empty for exists and does not exist')] : [];
    case 'gt':
    case 'lt':
      if (values.length !== 1) return [invalid('values', values, "for 'Gt', 'Lt' operators, exactly one value is required")];
      return isInt64(values[0] ?? '') ? [] : [invalid('values[0]', values[0], "for 'Gt', 'Lt' operators, the value must be an integer")];
    default:
      return values.length === 1 ? [] : [invalid('values', values, 'exact-match compatibility requires one single value')];
  }
}

/** Whether the text is an integer of 64 bits. */
export function isInt64(text: string): boolean {
  return /^[-+]?[0-9]{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text.replace('+', ''))) === BigInt(text.replace('+', ''));
}
