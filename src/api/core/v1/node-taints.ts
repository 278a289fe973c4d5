import type { Taint } from '#api/types/core-v1';
import { child, duplicate, type FieldError, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { isLabelValue, isQualifiedName } from '../../machinery/names.ts';
import { invalidEach } from './pod/checks.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** What is wrong with taints, of which there is one for each key and effect. */
export function taintErrors(taints: readonly Taint[], path: string): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, i) => {
    const { key, value = '', effect } = taint;
    const at = index(path, i);
    const errors = invalidEach(child(at, 'key'), key, isQualifiedName(key));
    const messages = isLabelValue(value);
    if (messages.length) errors.push(invalid(child(at, 'value'), value, messages.join(';')));
    if (!effect) errors.push(required(child(at, 'effect')));
    else if (!EFFECTS.includes(effect)) errors.push(notSupported(child(at, 'effect'), effect, EFFECTS));
    const pair = `${key}:${effect}`;
    if (seen.has(pair)) {
      // Upstream prints its internal struct, whose members have Go's names.
      const { field, type, message } = duplicate(at, { Key: key, Value: value, Effect: effect, TimeAdded: taint.timeAdded ?? null });
      errors.push({ field, type, message: `${message}: taints must be unique by key and effect pair` });
    }
    seen.add(pair);
    return errors;
  });
}
