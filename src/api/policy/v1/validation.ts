import type { PodDisruptionBudget } from '#api/types/policy-v1';
import type { Condition } from '#api/types/meta-v1';
import { child, duplicate, type FieldError, index, invalid, notSupported, required, tooLong } from '../../machinery/field-error.ts';
import { goValue } from '../../machinery/go-value.ts';
import { isQualifiedName } from '../../machinery/names.ts';
import { validateLabelSelector } from '../../machinery/selector.ts';
import { notMoreThanAll, validateCountOrPercent } from '../../workload/validation.ts';

const EVICTION_POLICIES = ['AlwaysAllow', 'IfHealthyBudget'];

/** What is wrong with a disruption budget (pkg/apis/policy/validation). `old` is the stored one: what is wrong with its selector may stay. */
export function validateDisruptionBudget({ spec }: PodDisruptionBudget, old?: PodDisruptionBudget): FieldError[] {
  if (!spec) return [];
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec;
  const errors: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const printed = goValue({ groupVersion: 'policy/v1', struct: 'PodDisruptionBudgetSpec' }, spec);
    errors.push(invalid('spec', printed, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const [field, value] of Object.entries({ minAvailable, maxUnavailable }))
    errors.push(...validateCountOrPercent(child('spec', field), value), ...notMoreThanAll(child('spec', field), value));
  const allowInvalidValues = validateLabelSelector(old?.spec?.selector, '').length > 0;
  errors.push(...validateLabelSelector(selector, 'spec.selector', { allowInvalidValues }));
  if (unhealthyPodEvictionPolicy !== undefined && !EVICTION_POLICIES.includes(unhealthyPodEvictionPolicy))
    errors.push(notSupported('spec.unhealthyPodEvictionPolicy', unhealthyPodEvictionPolicy, EVICTION_POLICIES));
  return errors;
}

const COUNTS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;

/** What is wrong with a budget's new status. */
export function validateDisruptionStatus({ status }: PodDisruptionBudget): FieldError[] {
  const errors = validateConditions(status?.conditions, 'status.conditions');
  for (const field of COUNTS) {
    const value = status?.[field] ?? 0;
    if (value < 0) errors.push(invalid(child('status', field), value, 'must be greater than or equal to 0'));
  }
  return errors;
}

const STATUSES = ['False', 'True', 'Unknown'];
const REASON = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const REASON_RE = new RegExp(`^${REASON}$`);
const MAX_REASON = 1024;
const MAX_MESSAGE = 32 * 1024;

/** Conditions as meta/v1 has them (apimachinery's ValidateConditions). */
export function validateConditions(conditions: readonly Condition[] | undefined, path: string): FieldError[] {
  const seen = new Set<string>();
  return (conditions ?? []).flatMap(({ type, status, observedGeneration = 0, lastTransitionTime, reason, message }, i) => {
    const at = index(path, i);
    const errors: FieldError[] = [];
    if (seen.has(type)) errors.push(duplicate(child(at, 'type'), type));
    seen.add(type);
    errors.push(...isQualifiedName(type).map((text) => invalid(child(at, 'type'), type, text)));
    if (!STATUSES.includes(status)) errors.push(notSupported(child(at, 'status'), status, STATUSES));
    if (observedGeneration < 0) errors.push(invalid(child(at, 'observedGeneration'), observedGeneration, 'must be greater than or equal to zero'));
    if (!lastTransitionTime) errors.push(required(child(at, 'lastTransitionTime'), 'must be set'));
    if (!reason) errors.push(required(child(at, 'reason'), 'must be set'));
    else {
      if (!REASON_RE.test(reason)) {
        const text =
          "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'";
        errors.push(
          invalid(
            child(at, 'reason'),
            reason,
            `${text} (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${REASON}')`,
          ),
        );
      }
      if (reason.length > MAX_REASON) errors.push(tooLong(child(at, 'reason'), MAX_REASON));
    }
    if (message.length > MAX_MESSAGE) errors.push(tooLong(child(at, 'message'), MAX_MESSAGE));
    return errors;
  });
}
