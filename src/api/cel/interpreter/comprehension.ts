import { fail } from '../errors.ts';
import type { ComprehensionNode, Expr } from '../parser/ast.ts';
import { ArrayList, CelList, CelMap, type CelValue } from '../values.ts';
import { MutableList, MutableMap } from './accumulators.ts';
import { type Frame, isConstant, type Plan, type SettledStep, type Step, settled } from './frame.ts';
import type { Planner } from './planner.ts';

interface Loop {
  readonly range: Step;
  readonly init: () => CelValue | undefined;
  readonly initStep: Step;
  readonly condition: Plan;
  readonly step: SettledStep;
  readonly result: Step;
  readonly accumulator: number;
  /** The slots of the iteration variables; with one variable only the second. */
  readonly first: number | undefined;
  readonly second: number;
}

/** A loop. An accumulator that starts as an empty list or map is changed in place while the loop runs. */
export function planComprehension(planner: Planner, expr: ComprehensionNode): Plan {
  const range = planner.plan(expr.range).run;
  const initStep = planner.plan(expr.init).run;
  return planner.withVariable(expr.accuVar, (accumulator) => {
    const inner = (second: number, first?: number): Loop => ({
      range,
      init: emptyAccumulator(expr.init),
      initStep,
      condition: planner.plan(expr.condition),
      step: settled(planner.plan(expr.step)),
      result: (frame) => frame.locals[accumulator] as CelValue,
      accumulator,
      first,
      second,
    });
    const { iterVar2 } = expr;
    const loop =
      iterVar2 === undefined
        ? planner.withVariable(expr.iterVar, (slot) => inner(slot))
        : planner.withVariable(expr.iterVar, (first) => planner.withVariable(iterVar2, (second) => inner(second, first)));
    const result = planner.plan(expr.result).run;
    return { run: runner({ ...loop, result }) };
  });
}

function emptyAccumulator(init: Expr): () => CelValue | undefined {
  if (init.kind === 'list' && init.elements.length === 0) return () => new MutableList([]);
  if (init.kind === 'map' && init.entries.length === 0) return () => new MutableMap();
  return () => undefined;
}

function runner(loop: Loop): Step {
  const { condition, step, accumulator, first, second } = loop;
  const isEndless = isConstant(condition) && condition.constant === true;
  const iterate = (frame: Frame, key: CelValue, value: CelValue): boolean => {
    const { locals } = frame;
    if (first === undefined) locals[second] = value;
    else {
      locals[first] = key;
      locals[second] = value;
    }
    if (!isEndless && condition.run(frame) === false) return false;
    locals[accumulator] = step(frame);
    return true;
  };
  return (frame) => {
    const range = loop.range(frame);
    const initial = loop.initStep(frame);
    frame.locals[accumulator] = loop.init() ?? initial;
    if (range instanceof CelList) {
      for (let i = 0; i < range.size; i++) if (!iterate(frame, i, range.get(i))) break;
    } else if (range instanceof CelMap) iterateMap(frame, range, first === undefined, iterate);
    else fail(`got '${typeof range}', expected iterable type`);
    return built(loop.result(frame));
  };
}

function iterateMap(frame: Frame, map: CelMap, isKeysOnly: boolean, iterate: (frame: Frame, key: CelValue, value: CelValue) => boolean): void {
  for (const key of map.keys()) {
    const value = isKeysOnly ? key : (map.find(key) as CelValue);
    if (!iterate(frame, key, value)) return;
  }
}

/** What a loop built, for the rest of the program: nothing changes it any more. */
function built(value: CelValue): CelValue {
  if (value instanceof MutableList) return new ArrayList(value.values);
  if (value instanceof MutableMap) return value.settle();
  return value;
}
