import { compare } from '../arithmetic.ts';
import type { CelLibrary } from '../environment.ts';
import { fail, noSuchOverload } from '../errors.ts';
import { type CelFunction, type CelOverload, celFunction, overload } from '../functions.ts';
import type { Expr } from '../parser/ast.ts';
import type { Macro, MacroCall } from '../parser/macro.ts';
import { boolType, type CelType, doubleType, dynType, intType, listOf, uintType } from '../types.ts';
import { CelDouble, type CelList, CelUint, type CelValue, integerOf, toInt } from '../values.ts';

const NUMERIC: readonly (readonly [string, CelType])[] = [
  ['int', intType],
  ['double', doubleType],
  ['uint', uintType],
];

function isNumber(value: CelValue): boolean {
  return value instanceof CelDouble || integerOf(value) !== undefined;
}

/** The least or greatest of some numbers: the first of equals. */
function extreme(values: Iterable<CelValue>, sign: 1 | -1): CelValue {
  let best: CelValue | undefined;
  for (const value of values) {
    if (!isNumber(value)) noSuchOverload();
    if (best === undefined || compare(value, best) * sign > 0) best = value;
  }
  return best ?? fail(`math.@${sign > 0 ? 'max' : 'min'}(list) argument must not be empty`);
}

function extremes(name: 'max' | 'min', sign: 1 | -1): CelFunction {
  const pairs = NUMERIC.flatMap(([left, leftType]) =>
    NUMERIC.map(([right, rightType]) => {
      const result = left === right ? leftType : dynType;
      return overload(`math_@${name}_${left}_${right}`, [leftType, rightType], result, (a, b) => extreme([a as CelValue, b as CelValue], sign));
    }),
  );
  const single = NUMERIC.map(([type, celType]) => overload(`math_@${name}_${type}`, [celType], celType, (a) => a as CelValue));
  const lists = NUMERIC.map(([type, celType]) => overload(`math_@${name}_list_${type}`, [listOf(celType)], celType, (list) => extreme(list as CelList, sign)));
  return celFunction(`math.@${name}`, ...single, ...pairs, ...lists);
}

function extremeMacro(name: 'greatest' | 'least', internal: string): Macro {
  return {
    name,
    arity: undefined,
    isMember: true,
    expand: (call) => {
      if (call.target?.kind !== 'ident' || call.target.name !== 'math') return undefined;
      return extremeCall(call, `math.${name}()`, internal);
    },
  };
}

function extremeCall({ args, factory, target, fault }: MacroCall, shown: string, internal: string): Expr {
  const [first] = args;
  if (!first) {
    fault(target as Expr, `${shown} requires at least one argument`);
    return factory.literal(null);
  }
  if (args.length === 1) {
    if (first.kind === 'list' && first.elements.length === 0) fault(first, `${shown} invalid single argument value`);
    const isRight = first.kind === 'list' ? first.elements.every(mayBeNumber) : mayBeNumber(first);
    if (!isRight) fault(first, `${shown} invalid single argument value`);
    return factory.call(internal, first);
  }
  for (const arg of args) if (!mayBeNumber(arg)) fault(arg, `${shown} simple literal arguments must be numeric`);
  return args.length === 2 ? factory.call(internal, ...args) : factory.call(internal, factory.list(...args));
}

function mayBeNumber(expr: Expr): boolean {
  if (expr.kind === 'literal') return isNumber(expr.value);
  return expr.kind !== 'list' && expr.kind !== 'map' && expr.kind !== 'struct';
}

/** A function of one double. */
function onDouble(name: string, call: (value: number) => number): CelFunction {
  return celFunction(
    `math.${name}`,
    overload(`math_${name}_double`, [doubleType], doubleType, (value) => new CelDouble(call((value as CelDouble).value))),
  );
}

function test(name: string, holds: (value: number) => boolean): CelFunction {
  return celFunction(
    `math.${name}`,
    overload(`math_${name}_double`, [doubleType], boolType, (value) => holds((value as CelDouble).value)),
  );
}

/** Halves go away from zero. */
function round(value: number): number {
  return Number.isFinite(value) ? Math.sign(value) * Math.floor(Math.abs(value) + 0.5) : value;
}

function abs(value: CelValue): CelValue {
  if (value instanceof CelDouble) return new CelDouble(Math.abs(value.value));
  if (value instanceof CelUint) return value;
  const size = BigInt(value as number);
  return size === -(2n ** 63n) ? fail('integer overflow') : toInt(size < 0n ? -size : size);
}

function sign(value: CelValue): CelValue {
  if (value instanceof CelDouble) return new CelDouble(Math.sign(value.value));
  const integer = Number(integerOf(value));
  return value instanceof CelUint ? new CelUint(Math.sign(integer)) : Math.sign(integer);
}

function onNumbers(name: string, call: (value: CelValue) => CelValue): CelFunction {
  return celFunction(
    `math.${name}`,
    ...NUMERIC.map(([type, celType]) => overload(`math_${name}_${type}`, [celType], celType, (value) => call(value as CelValue))),
  );
}

/** A bitwise function of two ints or two uints. */
function bitwise(name: string, call: (a: bigint, b: bigint) => bigint): CelFunction {
  const asUint = (a: CelValue | undefined, b: CelValue | undefined): CelValue => new CelUint(BigInt.asUintN(64, call(big(a), big(b))));
  const asInt = (a: CelValue | undefined, b: CelValue | undefined): CelValue => toInt(BigInt.asIntN(64, call(big(a), big(b))));
  return celFunction(
    `math.${name}`,
    overload(`math_${name}_int_int`, [intType, intType], intType, (a, b) => asInt(a, b)),
    overload(`math_${name}_uint_uint`, [uintType, uintType], uintType, (a, b) => asUint(a, b)),
  );
}

function big(value: CelValue | undefined): bigint {
  return BigInt(integerOf(value as CelValue) as number);
}

/** A shift by at least 0; the vacated bits of an int shifted right are zero. */
function shift(name: string, call: (bits: bigint, by: bigint) => bigint): CelFunction {
  const shifted = (value: CelValue | undefined, by: CelValue | undefined): bigint => {
    const distance = big(by);
    if (distance < 0n) fail(`math.${name}() negative offset: ${distance}`);
    return distance > 63n ? 0n : call(BigInt.asUintN(64, big(value)), distance);
  };
  const overloads: CelOverload[] = [
    overload(`math_${name}_int_int`, [intType, intType], intType, (value, by) => toInt(BigInt.asIntN(64, shifted(value, by)))),
    overload(`math_${name}_uint_int`, [uintType, intType], uintType, (value, by) => new CelUint(BigInt.asUintN(64, shifted(value, by)))),
  ];
  return celFunction(`math.${name}`, ...overloads);
}

/** cel-go's math functions. Not among Kubernetes' libraries. */
export const MATH: CelLibrary = {
  name: 'cel.lib.ext.math',
  macros: [extremeMacro('greatest', 'math.@max'), extremeMacro('least', 'math.@min')],
  functions: [
    extremes('max', 1),
    extremes('min', -1),
    onDouble('ceil', Math.ceil),
    onDouble('floor', Math.floor),
    onDouble('round', round),
    onDouble('trunc', Math.trunc),
    test('isInf', (value) => Math.abs(value) === Infinity),
    test('isNaN', Number.isNaN),
    test('isFinite', Number.isFinite),
    onNumbers('abs', abs),
    onNumbers('sign', sign),
    bitwise('bitAnd', (a, b) => a & b),
    bitwise('bitOr', (a, b) => a | b),
    bitwise('bitXor', (a, b) => a ^ b),
    celFunction(
      'math.bitNot',
      overload('math_bitNot_int', [intType], intType, (a) => toInt(~big(a))),
      overload('math_bitNot_uint', [uintType], uintType, (a) => new CelUint(BigInt.asUintN(64, ~big(a)))),
    ),
    shift('bitShiftLeft', (bits, by) => bits << by),
    shift('bitShiftRight', (bits, by) => bits >> by),
  ],
};
