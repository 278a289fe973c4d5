/** What every kind's conditions have in common. */
export interface ConditionLike {
  type: string;
  status: string;
  reason?: string | undefined;
  message?: string | undefined;
  lastTransitionTime?: string | undefined;
}

/** The condition of a type. */
export function findCondition<C extends ConditionLike>(conditions: readonly C[] | null | undefined, type: string): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether the condition of a type has status `True` (or the given one). */
export function isConditionTrue(conditions: readonly ConditionLike[] | null | undefined, type: string, status = 'True'): boolean {
  return findCondition(conditions, type)?.status === status;
}

/**
 * The conditions with this one set: a new list, or the same list when nothing changed. `lastTransitionTime` is `now` (RFC 3339) where the status
 * changed, and stays otherwise. Other members of the old condition are kept.
 */
export function setCondition<C extends ConditionLike>(conditions: readonly C[] | null | undefined, condition: C, now: string): C[] {
  const list = (conditions ?? []) as C[];
  const old = findCondition(list, condition.type);
  if (!old) return [...list, { ...condition, lastTransitionTime: condition.lastTransitionTime ?? now }];
  const lastTransitionTime = old.status === condition.status ? old.lastTransitionTime : (condition.lastTransitionTime ?? now);
  const merged: C = { ...old, ...condition, lastTransitionTime };
  const isSame = Object.keys(merged).every((key) => merged[key as keyof C] === old[key as keyof C]);
  return isSame ? list : list.map((other) => (other === old ? merged : other));
}

/** The conditions without those of a type: the same list when there was none. */
export function removeCondition<C extends ConditionLike>(conditions: readonly C[] | null | undefined, type: string): C[] {
  const list = (conditions ?? []) as C[];
  return findCondition(list, type) ? list.filter((condition) => condition.type !== type) : list;
}
