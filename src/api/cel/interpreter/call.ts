import { runtimeCost } from '../cost/runtime-cost.ts';
import type { CallCost } from '../cost/sizes.ts';
import type { Resolution } from '../checker/overloads.ts';
import { Failure, fail } from '../errors.ts';
import type { CelOverload } from '../functions.ts';
import type { CallNode, Expr } from '../parser/ast.ts';
import { type CelType, isDyn } from '../types.ts';
import { CelList, type CelValue, typeOfValue } from '../values.ts';
import { constant, type Frame, isConstant, type Plan, type Step } from './frame.ts';
import { notStrictlyFalse } from './logic.ts';
import type { Planner } from './planner.ts';
import { regexOrFail } from '../regex.ts';
import { optionalOr } from './optional-or.ts';
import { membershipSet } from './membership.ts';

/** Conversions of a constant are done once, when the program is made. */
const CONVERSIONS = new Set(['bool', 'bytes', 'double', 'duration', 'dyn', 'int', 'string', 'timestamp', 'type', 'uint']);

/** Their patterns are read then, too. */
const SEARCHES = new Set(['find', 'findAll']);

/** A call of a function: its arguments, then its cost, then its value. */
export function planCall(planner: Planner, expr: CallNode): Plan {
  const reference = planner.ast.references.get(expr);
  const resolution = reference && 'call' in reference ? reference.call : fail(`undeclared reference to '${expr.name}'`);
  const nodes: readonly Expr[] = resolution.hasReceiver && expr.target ? [expr.target, ...expr.args] : expr.args;
  const plans = nodes.map((node) => planner.plan(node));
  const { name } = resolution.function;
  if (name === '@not_strictly_false') return { run: notStrictlyFalse((plans[0] as Plan).run) };
  const or = optionalOr(name, resolution, plans);
  if (or) return or;
  const invoke = invoker(
    resolution,
    nodes.map((node) => planner.ast.types.get(node) as CelType),
  );
  const id = resolution.overloads.length === 1 ? (resolution.overloads[0] as CelOverload).id : '';
  if (id === 'in_list' && planner.folds) {
    const member = membershipSet(plans as [Plan, Plan]);
    if (member) return member;
  }
  if (planner.folds && SEARCHES.has(name) && plans[1] && isConstant(plans[1])) regexOrFail(plans[1].constant as string);
  if (planner.folds && CONVERSIONS.has(name) && plans.length === 1 && isConstant(plans[0] as Plan))
    return constant(invoke((plans[0] as Plan).constant as CelValue));
  return { run: caller(plans, invoke, runtimeCost(name, id)) };
}

function caller(plans: readonly Plan[], invoke: (...args: CelValue[]) => CelValue, cost: CallCost): Step {
  const [first, second] = plans.map(({ run }) => run);
  if (typeof cost === 'number' && first && plans.length === 1)
    return (frame) => {
      const value = settle(first, frame);
      frame.charge(cost);
      if (value instanceof Failure) throw value;
      return invoke(value);
    };
  if (typeof cost === 'number' && first && second && plans.length === 2)
    return (frame) => {
      const left = settle(first, frame);
      const right = settle(second, frame);
      frame.charge(cost);
      if (left instanceof Failure) throw left;
      if (right instanceof Failure) throw right;
      return invoke(left, right);
    };
  return (frame) => {
    const args = plans.length > 2 ? plans.map(({ run }) => run(frame)) : argumentsOf(frame, plans, cost);
    if (typeof cost === 'object' && 'ofResult' in cost) return chargedAfter(frame, cost.ofResult, () => invoke(...args));
    // What is known beforehand is due beforehand: a call that nobody can pay for does not run.
    frame.charge(typeof cost === 'number' ? cost : cost.ofArgs(args));
    return invoke(...args);
  };
}

/** One operand or two are all evaluated, and the call counts even when they fail; of more, the first that fails ends it. As cel-go has it. */
function settle(step: Step, frame: Frame): CelValue | Failure {
  try {
    return step(frame);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

function argumentsOf(frame: Frame, plans: readonly Plan[], cost: CallCost): CelValue[] {
  const args = plans.map(({ run }) => settle(run, frame));
  const failure = args.find((value) => value instanceof Failure);
  if (failure === undefined) return args as CelValue[];
  frame.charge(typeof cost === 'number' ? cost : costOfFailing(cost, args));
  throw failure;
}

/** A failure counts as a value without a size. */
function costOfFailing(cost: Exclude<CallCost, number>, args: readonly (CelValue | Failure)[]): number {
  return 'ofResult' in cost ? cost.ofResult(undefined) : cost.ofArgs(args.map((value) => (value instanceof Failure ? true : value)));
}

/** A failing call costs, too. */
function chargedAfter(frame: Frame, cost: (result: CelValue | undefined) => number, run: () => CelValue): CelValue {
  let result: CelValue;
  try {
    result = run();
  } catch (error) {
    if (error instanceof Failure) frame.charge(cost(undefined));
    throw error;
  }
  frame.charge(cost(result));
  return result;
}

/** Calls the one signature that fits: known beforehand, or chosen by the values' types. */
function invoker({ function: declared, overloads, hasReceiver }: Resolution, types: readonly CelType[]): (...args: CelValue[]) => CelValue {
  const [only] = overloads;
  if (only && (declared.isOperator || (overloads.length === 1 && types.every((type) => !mayBeOther(type))))) return only.call;
  const candidates = declared.overloads.filter(({ isMember, args }) => isMember === hasReceiver && args.length === types.length);
  return (...args) => {
    const fitting = candidates.find((candidate) => candidate.args.every((type, i) => fits(args[i] as CelValue, type)));
    if (fitting) return fitting.call(...args);
    return fail(`no such overload: ${declared.name}(${args.map((arg) => typeOfValue(arg).name).join(', ')})`);
  };
}

function mayBeOther(type: CelType): boolean {
  return isDyn(type) || type.kind === 'error' || type.nullable === true;
}

/** Whether a value is of a type, as far as its outermost kind and a list's first element tell. */
function fits(value: CelValue, type: CelType): boolean {
  switch (type.kind) {
    case 'dyn':
    case 'any':
    case 'param':
      return true;
    case 'string':
      return typeof value === 'string';
    case 'list':
      return value instanceof CelList && (value.size === 0 || fits(value.get(0), type.params[0] as CelType));
    default: {
      const actual = typeOfValue(value);
      return actual.kind === type.kind && (type.kind === 'map' || actual.name === type.name || type.kind === 'type')
        ? true
        : type.kind === 'map' && actual.kind === 'object';
    }
  }
}
