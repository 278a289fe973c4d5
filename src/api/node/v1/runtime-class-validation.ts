import type { Toleration } from '#api/types/core-v1';
import type { RuntimeClass } from '#api/types/node-v1';
import { invalidEach } from '../../core/v1/pod/checks.ts';
import { validateContainerResources } from '../../core/v1/pod/container-resources.ts';
import { validateTolerations } from '../../core/v1/pod/scheduling.ts';
import { type FieldError, index, required } from '../../machinery/field-error.ts';
import { isDns1123Label } from '../../machinery/names.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import { validateLabels } from '../../machinery/selector.ts';

const TOLERATIONS = 'scheduling.tolerations';

/** What is wrong with a RuntimeClass; follows pkg/apis/node/validation. */
export function validateRuntimeClass({ handler, overhead, scheduling }: RuntimeClass): FieldError[] {
  const errors = handler ? invalidEach('handler', handler, isDns1123Label(handler)) : [required('handler')];
  if (overhead) errors.push(...validateContainerResources({ limits: overhead.podFixed }, new Set(), 'overhead'));
  if (!scheduling) return errors;
  errors.push(...validateLabels(scheduling.nodeSelector, 'scheduling.nodeSelector'), ...validateTolerations(scheduling.tolerations, TOLERATIONS));
  return [...errors, ...duplicates(scheduling.tolerations ?? [])];
}

/** What runs its containers stays. */
export function validateRuntimeClassUpdate({ handler }: RuntimeClass, old: RuntimeClass): FieldError[] {
  return validateImmutable(handler, old.handler, 'handler');
}

function duplicates(tolerations: readonly Toleration[]): FieldError[] {
  const seen = new Set<string>();
  return tolerations.flatMap(({ key = '', operator = '', value = '', effect = '', tolerationSeconds = null }, i) => {
    const text = JSON.stringify([key, operator, value, effect]);
    if (!seen.has(text)) {
      seen.add(text);
      return [];
    }
    // Upstream prints its internal struct.
    const printed = JSON.stringify({ Key: key, Operator: operator, Value: value, Effect: effect, TolerationSeconds: tolerationSeconds });
    return [{ type: 'FieldValueDuplicate', field: index(TOLERATIONS, i), message: `Duplicate value: ${printed}` } as const];
  });
}
