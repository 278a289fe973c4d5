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

  constructor(quantity: Quantity) {
    super();
    this.quantity = quantity;
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
    return new CelQuantity(parseQuantity(text));
  } catch (error) {
    if (error instanceof QuantityError) return fail(error.message);
    throw error;
  }
}

function of(value: CelValue | undefined): Quantity {
  return (value as CelQuantity).quantity;
}

/** The whole number of a quantity without a fraction's digits (`1000m` has them); undefined when there is none in 64 bits. */
function integer({ digits, exponent }: Quantity): bigint | undefined {
  if (exponent < 0) return undefined;
  const value = digits * 10n ** BigInt(exponent);
  return value > INT64_MAX || value < -INT64_MAX - 1n ? undefined : value;
}

function asInteger(quantity: Quantity): CelValue {
  const value = integer(quantity);
  return value === undefined ? fail('cannot convert value to integer') : toInt(value);
}

function comparison(id: string, holds: (order: number) => boolean): CelOverload {
  return member(id, [QUANTITY_TYPE, QUANTITY_TYPE], boolType, (a, b) => holds(compareQuantity(of(a), of(b))));
}

function arithmetic(name: string, id: string, call: (a: Quantity, b: Quantity) => Quantity) {
  return celFunction(
    name,
    member(id, [QUANTITY_TYPE, QUANTITY_TYPE], QUANTITY_TYPE, (a, b) => new CelQuantity(call(of(a), of(b)))),
    member(`${id}_int`, [QUANTITY_TYPE, intType], QUANTITY_TYPE, (a, b) => new CelQuantity(call(of(a), quantityOf(b as number, 'DecimalExponent')))),
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
      member('quantity_get_int', [QUANTITY_TYPE], intType, (value) => asInteger(of(value))),
    ),
    celFunction(
      'isInteger',
      member('quantity_is_integer', [QUANTITY_TYPE], boolType, (value) => integer(of(value)) !== undefined),
    ),
    arithmetic('add', 'quantity_add', addQuantity),
    arithmetic('sub', 'quantity_sub', subtractQuantity),
  ],
};
