import { CelCostExceededError, type Failure } from '../errors.ts';
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

/** A planned node. */
export interface Plan {
  /** Evaluates and counts the cost. */
  readonly run: Step;
  /** Of a variable, selection, index or condition: evaluates without the unit that reading it costs, for what selects from it further. cel-go calls these attributes. */
  readonly bare?: Step;
  /** Of a value that is known now. */
  readonly constant?: CelValue;
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
