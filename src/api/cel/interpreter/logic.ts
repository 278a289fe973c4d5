import { Failure, noSuchOverload } from '../errors.ts';
import { type Plan, type SettledStep, type Step, settled, settling, throwing } from './frame.ts';

/** `&&` (stopped by false) or `||` (stopped by true): an operand that stops decides even when an earlier one failed. */
export function logical(operands: readonly Plan[], stop: boolean): Plan {
  const [left, right] = operands.map(settled) as [SettledStep, SettledStep];
  return throwing((frame) => {
    const first = left(frame);
    if (first === stop) return stop;
    const second = right(frame);
    if (second === stop) return stop;
    if (first instanceof Failure) return first;
    if (second instanceof Failure) return second;
    return first === !stop && second === !stop ? second : new Failure('no such overload');
  });
}

/** `condition ? truthy : falsy`. A branch that is a variable or selection is read without its own unit, and the whole costs none. */
export function conditional([condition, truthy, falsy]: readonly [Plan, Plan, Plan]): Plan {
  const decide = condition.run;
  const yes = truthy.bare ?? truthy.run;
  const no = falsy.bare ?? falsy.run;
  const run: Step = (frame) => {
    const decision = decide(frame);
    if (decision === true) return yes(frame);
    return decision === false ? no(frame) : noSuchOverload();
  };
  const decideSettled = settled(condition);
  const yesSettled = truthy.bare ? settling(truthy.bare) : settled(truthy);
  const noSettled = falsy.bare ? settling(falsy.bare) : settled(falsy);
  return {
    run,
    bare: run,
    settled: (frame) => {
      const decision = decideSettled(frame);
      if (decision === true) return yesSettled(frame);
      if (decision === false) return noSettled(frame);
      return decision instanceof Failure ? decision : new Failure('no such overload');
    },
  };
}

/** Whether a loop goes on: only a certain false stops it. */
export function notStrictlyFalse(operand: Plan): Step {
  const read = settled(operand);
  return (frame) => {
    const isFalse = read(frame) === false;
    frame.charge(1);
    return !isFalse;
  };
}
