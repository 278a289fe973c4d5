import type { CelLibrary } from '../environment.ts';
import { type CelFunction, celFunction, member, overload } from '../functions.ts';
import { STANDARD_MACROS } from '../parser/standard-macros.ts';
import { matches } from '../regex.ts';
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  dynType,
  intType,
  listOf,
  mapOf,
  nullType,
  stringType,
  timestampType,
  typeParam,
  typeType,
  uintType,
} from '../types.ts';
import type { CelValue } from '../values.ts';
import { sizeOf } from '../cost/sizes.ts';
import { CONVERSIONS } from './standard-conversions.ts';
import { OPERATORS } from './standard-operators.ts';
import { TIME_FUNCTIONS } from './standard-time.ts';

const A = typeParam('A');
const B = typeParam('B');

function size(value: CelValue): number {
  return sizeOf(value);
}

const SIZED: readonly (readonly [string, CelType])[] = [
  ['bytes', bytesType],
  ['list', listOf(A)],
  ['map', mapOf(A, B)],
  ['string', stringType],
];

function test(name: string, id: string, holds: (text: string, part: string) => boolean): CelFunction {
  return celFunction(
    name,
    member(id, [stringType, stringType], boolType, (text, part) => holds(text as string, part as string)),
  );
}

const FUNCTIONS: readonly CelFunction[] = [
  celFunction(
    'size',
    ...SIZED.map(([name, type]) => overload(`size_${name}`, [type], intType, (value) => size(value as CelValue))),
    ...SIZED.map(([name, type]) => member(`${name}_size`, [type], intType, (value) => size(value as CelValue))),
  ),
  test('contains', 'contains_string', (text, part) => text.includes(part)),
  test('endsWith', 'ends_with_string', (text, part) => text.endsWith(part)),
  test('startsWith', 'starts_with_string', (text, part) => text.startsWith(part)),
  celFunction(
    'matches',
    overload('matches', [stringType, stringType], boolType, (text, pattern) => matches(text as string, pattern as string)),
    member('matches_string', [stringType, stringType], boolType, (text, pattern) => matches(text as string, pattern as string)),
  ),
];

/** cel-spec's standard library. */
export const STANDARD_LIBRARY: CelLibrary = {
  name: 'stdlib',
  macros: STANDARD_MACROS,
  functions: [...OPERATORS, ...CONVERSIONS, ...TIME_FUNCTIONS, ...FUNCTIONS],
  types: [
    boolType,
    bytesType,
    doubleType,
    durationType,
    intType,
    listOf(dynType),
    mapOf(dynType, dynType),
    nullType,
    stringType,
    timestampType,
    typeType,
    uintType,
  ],
};
