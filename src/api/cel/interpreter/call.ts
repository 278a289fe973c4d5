import { runtimeCost } from '../cost/runtime-cost.ts';
import type { CallCost } from '../cost/sizes.ts';
import type { Resolution } from '../checker/overloads.ts';
import { Failure, fail } from '../errors.ts';
import type { CelOverload } from '../functions.ts';
import type { CallNode, Expr } from '../parser/ast.ts';
import { type CelType, isDyn } from '../types.ts';
import { CelList, type CelValue, typeOfValue } from '../values.ts';
import { constant, type Frame, isConstant, type Plan, type SettledStep, settled, settling, throwing } from './frame.ts';
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
  if (name === '@not_strictly_false') return { run: notStrictlyFalse(plans[0] as Plan) };
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
  return caller(plans, invoke, runtimeCost(name, id));
}

/** One operand or two are all evaluated, and the call counts even when they fail; of more, the first that fails ends it. As cel-go has it. */
function caller(plans: readonly Plan[], invoke: (...args: CelValue[]) => CelValue, cost: CallCost): Plan {
  const operands = plans.map(settled);
  const [first, second] = operands;
  if (typeof cost === 'number' && first && plans.length === 1)
    return called((frame) => {
      const value = first(frame);
      frame.charge(cost);
      return value instanceof Failure ? value : invoke(value);
    });
  if (typeof cost === 'number' && first && second && plans.length === 2)
    return called((frame) => {
      const left = first(frame);
      const right = second(frame);
      frame.charge(cost);
      if (left instanceof Failure) return left;
      return right instanceof Failure ? right : invoke(left, right);
    });
  return called((frame) => {
    const args = plans.length > 2 ? plans.map(({ run }) => run(frame)) : argumentsOf(frame, operands, cost);
    if (args instanceof Failure) return args;
    if (typeof cost === 'object' && 'ofResult' in cost) return chargedAfter(frame, cost.ofResult, () => invoke(...args));
    // What is known beforehand is due beforehand: a call that nobody can pay for does not run.
    frame.charge(typeof cost === 'number' ? cost : cost.ofArgs(args));
    return invoke(...args);
  });
}

/** Failures of arguments come back from the step, those of the function itself are thrown by it. */
function called(step: SettledStep): Plan {
  return { run: throwing(step).run, settled: settling(step) };
}

function argumentsOf(frame: Frame, operands: readonly SettledStep[], cost: CallCost): CelValue[] | Failure {
  const args = operands.map((operand) => operand(frame));
  const failure = args.find((value): value is Failure => value instanceof Failure);
  if (failure === undefined) return args as CelValue[];
  frame.charge(typeof cost === 'number' ? cost : costOfFailing(cost, args));
  return failure;
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
