import { CelCostExceededError, Failure } from '../errors.ts';
import type { CelBindings } from '../program.ts';
import type { CelValue } from '../values.ts';

/** One evaluation: the variables, the loops' variables by slot, and what it has cost. A loop's accumulator may hold a failure. */
export class Frame {
  readonly bindings: CelBindings;
  readonly locals: (CelValue | Failure)[] = [];
  readonly #limit: number;
  /** Variables that were given as functions, once made. */
  #made: Map<string, CelValue> | undefined;
  cost = 0;

  constructor(bindings: CelBindings, limit: number) {
    this.bindings = bindings;
    this.#limit = limit;
  }

  charge(units: number): void {
    this.cost += units;
    if (this.cost > this.#limit) throw new CelCostExceededError();
  }

  make(name: string, value: () => CelValue): CelValue {
    this.#made ??= new Map();
    let made = this.#made.get(name);
    if (made === undefined) {
      made = value();
      this.#made.set(name, made);
    }
    return made;
  }
}

/** A part of a program, ready to run. */
export type Step = (frame: Frame) => CelValue;

/** A step that gives back what failed. Passing failures on as values is many times faster than throwing them, and a loop may meet one in every turn. */
export type SettledStep = (frame: Frame) => CelValue | Failure;

/** A planned node. */
export interface Plan {
  /** Evaluates and counts the cost. */
  readonly run: Step;
  /** The same without throwing, where a node has a way of its own; `settled` has one for all. */
  readonly settled?: SettledStep;
  /** Of a variable, selection, index or condition: evaluates without the unit that reading it costs, for what selects from it further. cel-go calls these attributes. */
  readonly bare?: Step;
  /** Of a value that is known now. */
  readonly constant?: CelValue;
}

/** Evaluates a plan without throwing failures. */
export function settled(plan: Plan): SettledStep {
  return plan.settled ?? settling(plan.run);
}

/** Makes a step that throws one that does not. */
export function settling(step: SettledStep): SettledStep {
  return (frame) => {
    try {
      return step(frame);
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
  };
}

/** A plan of a step that gives failures back. */
export function throwing(step: SettledStep): Plan {
  return {
    settled: step,
    run: (frame) => {
      const value = step(frame);
      if (value instanceof Failure) throw value;
      return value;
    },
  };
}

/** A plan of a value that is known now. */
export function constant(value: CelValue): Plan {
  return { run: () => value, constant: value };
}

/** Whether a plan's value is known now. */
export function isConstant(plan: Plan): boolean {
  return plan.constant !== undefined;
}

/** A plan that costs one more when its value is used as such than when something is selected from it. */
export function attribute(bare: Step): Plan {
  return {
    bare,
    run: (frame) => {
      frame.charge(1);
      return bare(frame);
    },
  };
}
