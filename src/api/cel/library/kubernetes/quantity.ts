import {
  addQuantity,
  compareQuantity,
  isQuantity,
  parseQuantity,
  type Quantity,
  QuantityError,
  quantityOf,
  quantityToNumber,
  subtractQuantity,
} from '../../../machinery/quantity.ts';
import type { CelLibrary } from '../../environment.ts';
import { fail } from '../../errors.ts';
import { type CelOverload, celFunction, member, overload } from '../../functions.ts';
import { boolType, type CelType, doubleType, intType, object, stringType } from '../../types.ts';
import { CelBoxed, CelDouble, type CelValue, toInt } from '../../values.ts';

const QUANTITY_TYPE = object({ name: 'kubernetes.Quantity' });
const INT64_MAX = 2n ** 63n - 1n;

/** An amount with a unit: `1.5Gi`. */
export class CelQuantity extends CelBoxed {
  readonly quantity: Quantity;
  /** Whether upstream keeps it as a decimal: then it is no integer, whatever its value. */
  readonly isDecimal: boolean;

  constructor(quantity: Quantity, isDecimal: boolean) {
    super();
    this.quantity = quantity;
    this.isDecimal = isDecimal;
  }

  get type(): CelType {
    return QUANTITY_TYPE;
  }

  equals(other: CelValue): boolean {
    return other instanceof CelQuantity && compareQuantity(other.quantity, this.quantity) === 0;
  }
}

function parse(text: string): CelQuantity {
  try {
    return new CelQuantity(parseQuantity(text), isDecimal(text));
  } catch (error) {
    if (error instanceof QuantityError) return fail(error.message);
    throw error;
  }
}

const MAX_DIGITS = 18;
const MAX_BINARY_DIGITS = 14;
const BINARY_SUFFIXES = 'KMGTPE';

/** Whether `ParseQuantity` takes its slow path: with more digits than fit for sure, or a fraction of a power of two. */
function isDecimal(text: string): boolean {
  const [, whole = '', fraction = '', suffix = ''] = /^[+-]?0*(\d*)(?:\.(\d*))?(.*)$/.exec(text) ?? [];
  const digits = Math.max(1, whole.length);
  if (!suffix.endsWith('i')) return digits + fraction.length > MAX_DIGITS;
  const power = 10 * (BINARY_SUFFIXES.indexOf(suffix.charAt(0)) + 1);
  return fraction !== '' || digits > MAX_BINARY_DIGITS - Math.floor((power * 3) / 10);
}

function of(value: CelValue | undefined): Quantity {
  return (value as CelQuantity).quantity;
}

/** The whole number of a quantity without a fraction's digits (`1000m` has them); undefined when there is none in 64 bits. */
function integer({ quantity: { digits, exponent }, isDecimal: isNone }: CelQuantity): bigint | undefined {
  if (exponent < 0 || isNone) return undefined;
  const value = digits * 10n ** BigInt(exponent);
  return value > INT64_MAX || value < -INT64_MAX - 1n ? undefined : value;
}

function asInteger(quantity: CelQuantity): CelValue {
  const value = integer(quantity);
  return value === undefined ? fail('cannot convert value to integer') : toInt(value);
}

function comparison(id: string, holds: (order: number) => boolean): CelOverload {
  return member(id, [QUANTITY_TYPE, QUANTITY_TYPE], boolType, (a, b) => holds(compareQuantity(of(a), of(b))));
}

type Operation = (a: Quantity, b: Quantity) => Quantity;

/** Zero takes the other's exponent: it adds no digits. */
function combine(call: Operation, a: CelQuantity, b: CelQuantity): CelQuantity {
  const [x, y] = [a.quantity, b.quantity];
  const result = call(x.digits === 0n ? { ...x, exponent: y.exponent } : x, y.digits === 0n ? { ...y, exponent: x.exponent } : y);
  const isLarge = result.digits > INT64_MAX || result.digits < -INT64_MAX - 1n;
  return new CelQuantity(result, a.isDecimal || b.isDecimal || isLarge);
}

function arithmetic(name: string, id: string, call: Operation) {
  return celFunction(
    name,
    member(id, [QUANTITY_TYPE, QUANTITY_TYPE], QUANTITY_TYPE, (a, b) => combine(call, a as CelQuantity, b as CelQuantity)),
    member(`${id}_int`, [QUANTITY_TYPE, intType], QUANTITY_TYPE, (a, b) =>
      combine(call, a as CelQuantity, new CelQuantity(quantityOf(b as number, 'DecimalExponent'), false)),
    ),
  );
}

/** Quantities, as k8s.io/apiserver/pkg/cel/library/quantity.go. */
export const QUANTITY: CelLibrary = {
  name: 'kubernetes.quantity',
  types: [QUANTITY_TYPE],
  functions: [
    celFunction(
      'quantity',
      overload('string_to_quantity', [stringType], QUANTITY_TYPE, (text) => parse(text as string)),
    ),
    celFunction(
      'isQuantity',
      overload('is_quantity_string', [stringType], boolType, (text) => isQuantity(text as string)),
    ),
    // Upstream declares it as a global function, whatever its documentation shows.
    celFunction(
      'sign',
      overload('quantity_sign', [QUANTITY_TYPE], intType, (value) => compareQuantity(of(value), quantityOf(0))),
    ),
    celFunction(
      'isGreaterThan',
      comparison('quantity_is_greater_than', (order) => order > 0),
    ),
    celFunction(
      'isLessThan',
      comparison('quantity_is_less_than', (order) => order < 0),
    ),
    celFunction(
      'compareTo',
      member('quantity_compare_to', [QUANTITY_TYPE, QUANTITY_TYPE], intType, (a, b) => compareQuantity(of(a), of(b))),
    ),
    celFunction(
      'asApproximateFloat',
      member('quantity_get_float', [QUANTITY_TYPE], doubleType, (value) => new CelDouble(quantityToNumber(of(value)))),
    ),
    celFunction(
      'asInteger',
      member('quantity_get_int', [QUANTITY_TYPE], intType, (value) => asInteger(value as CelQuantity)),
    ),
    celFunction(
      'isInteger',
      member('quantity_is_integer', [QUANTITY_TYPE], boolType, (value) => integer(value as CelQuantity) !== undefined),
    ),
    arithmetic('add', 'quantity_add', addQuantity),
    arithmetic('sub', 'quantity_sub', subtractQuantity),
  ],
};
