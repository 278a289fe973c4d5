import { fail, noSuchOverload } from '../errors.ts';
import { textOf } from '../value-text.ts';
import { CelDouble, CelList, CelMap, CelOptional, integerOf, type CelValue } from '../values.ts';
import type { Frame, Plan, Step } from './frame.ts';

/** `value.field`; of an optional, an optional. */
export function selectField(value: CelValue, field: string): CelValue {
  if (value instanceof CelMap) return entryOf(value, field);
  if (value instanceof CelOptional) return value.value === undefined ? value : optionalAt(value.value, field);
  return noSuchOverload();
}

/** `has(value.field)`. */
export function present(value: CelValue, field: string): boolean {
  if (value instanceof CelMap) return value.has(field);
  if (value instanceof CelOptional) return value.value !== undefined && present(value.value, field);
  return value instanceof CelList || value === null || typeof value !== 'object' ? noSuchOverload() : false;
}

/** `operand[key]`. */
export function index([operand, key]: readonly [Plan, Plan]): Plan {
  return qualified(operand, key, (value, at) => {
    if (value instanceof CelOptional) return value.value === undefined ? value : optionalAt(value.value, at);
    return elementAt(value, at);
  });
}

/** `operand[?key]` and `operand.?key`. */
export function optionalIndex([operand, key]: readonly [Plan, Plan]): Plan {
  const read = operand.bare ?? operand.run;
  const readKey = key.bare ?? key.run;
  const bare: Step = (frame) => {
    const value = read(frame);
    const at = readKey(frame);
    if (value instanceof CelOptional && value.value === undefined) return value;
    const found = optionalAt(value instanceof CelOptional ? (value.value as CelValue) : value, at);
    if (found.value !== undefined) frame.charge(1);
    return found;
  };
  return { bare, run: chargedFirst(bare) };
}

function qualified(operand: Plan, key: Plan, get: (value: CelValue, key: CelValue) => CelValue): Plan {
  const read = operand.bare ?? operand.run;
  const readKey = key.bare ?? key.run;
  const bare: Step = (frame) => {
    const value = read(frame);
    const at = readKey(frame);
    frame.charge(1);
    return get(value, at);
  };
  return { bare, run: chargedFirst(bare) };
}

function chargedFirst(bare: Step): Step {
  return (frame: Frame) => {
    frame.charge(1);
    return bare(frame);
  };
}

function elementAt(value: CelValue, key: CelValue): CelValue {
  if (value instanceof CelList) {
    const at = listIndex(key);
    return at >= 0 && at < value.size ? value.get(at) : fail(`index out of bounds: ${at}`);
  }
  if (value instanceof CelMap) return entryOf(value, key);
  return noSuchOverload();
}

function entryOf(map: CelMap, key: CelValue): CelValue {
  const value = map.find(key);
  return value === undefined ? fail(`no such key: ${keyText(key)}`) : value;
}

function optionalAt(value: CelValue, key: CelValue): CelOptional {
  if (value instanceof CelMap) return new CelOptional(value.find(key));
  if (value instanceof CelList) {
    const at = listIndex(key);
    return at >= 0 && at < value.size ? new CelOptional(value.get(at)) : CelOptional.none;
  }
  return fail(`no such key: ${keyText(key)}`);
}

/** An index into a list: any number without a fraction. */
function listIndex(key: CelValue): number {
  const integer = integerOf(key);
  if (integer !== undefined) return Number(integer);
  if (key instanceof CelDouble) return Number.isInteger(key.value) ? key.value : fail(`unsupported index value of type double in list`);
  return fail('unsupported index type in list');
}

function keyText(key: CelValue): string {
  return textOf(key);
}
