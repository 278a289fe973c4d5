import type { CustomResourceDefinition, DefinitionCondition } from '#api';

type Conditions = NonNullable<NonNullable<CustomResourceDefinition['status']>['conditions']>;

/** The conditions with one of them set; its time changes with its status only. */
export function withCondition(conditions: Conditions, condition: DefinitionCondition, now: string): Conditions {
  const before = conditions.find(({ type }) => type === condition.type);
  const { type, status, reason, message } = condition;
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now;
  const next = {
    type,
    status,
    ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
  return before ? conditions.map((each) => (each === before ? { ...before, ...next } : each)) : [...conditions, next];
}
