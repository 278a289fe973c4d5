import { Failure, noSuchOverload } from '../errors.ts';
import type { CelValue } from '../values.ts';
import type { Plan, Step } from './frame.ts';

/** `&&` (stopped by false) or `||` (stopped by true): an operand that stops decides even when an earlier one failed. */
export function logical(operands: readonly Plan[], stop: boolean): Step {
  const [{ run: left }, { run: right }] = operands as [Plan, Plan];
  return (frame) => {
    let failure: Failure | undefined;
    try {
      const value = left(frame);
      if (value === stop) return stop;
      if (value !== !stop) noSuchOverload();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failure = error;
    }
    // Failures of the right side are the answer anyway, unless the left one failed first.
    if (failure === undefined) {
      const value = right(frame);
      return typeof value === 'boolean' ? value : noSuchOverload();
    }
    return rescue(failure, stop, () => right(frame));
  };
}

function rescue(failure: Failure, stop: boolean, right: () => CelValue): boolean {
  try {
    if (right() === stop) return stop;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
  throw failure;
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
  return { run, bare: run };
}

/** Whether a loop goes on: only a certain false stops it. */
export function notStrictlyFalse(operand: Step): Step {
  return (frame) => {
    let isFalse = false;
    try {
      isFalse = operand(frame) === false;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
    frame.charge(1);
    return !isFalse;
  };
}
