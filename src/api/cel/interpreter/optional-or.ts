import type { Resolution } from '../checker/overloads.ts';
import { noSuchOverload } from '../errors.ts';
import { CelOptional } from '../values.ts';
import type { Plan, Step } from './frame.ts';

/** `optional.or(other)` and `optional.orValue(other)`: the other is evaluated only when it is needed. Undefined for other calls. */
export function optionalOr(name: string, { overloads, hasReceiver }: Resolution, plans: readonly Plan[]): Plan | undefined {
  if (!hasReceiver || plans.length !== 2 || !overloads.every(({ id }) => id.startsWith('optional_or'))) return undefined;
  const [{ run: optional }, { run: other }] = plans as [Plan, Plan];
  const run: Step = (frame) => {
    const value = optional(frame);
    if (!(value instanceof CelOptional)) return noSuchOverload();
    if (value.value === undefined) return other(frame);
    return name === 'or' ? value : value.value;
  };
  return { run };
}
