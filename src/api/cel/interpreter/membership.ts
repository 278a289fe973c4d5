import { type ArrayList, CelDouble, CelList, CelUint, type CelValue, integerOf } from '../values.ts';
import { constant, isConstant, type Plan } from './frame.ts';

/** `x in [1, 2, 3]` with a constant list of scalars: a look-up that costs nothing, as cel-go's optimizer makes it. Undefined when the list is another. */
export function membershipSet([value, list]: readonly [Plan, Plan]): Plan | undefined {
  if (!isConstant(list) || !(list.constant instanceof CelList)) return undefined;
  if (list.constant.size === 0) return constant(false);
  const keys = [...(list.constant as ArrayList)].map(scalarKey);
  if (keys.some((key) => key === undefined)) return undefined;
  const set = new Set(keys);
  const { run } = value;
  return {
    run: (frame) => {
      const key = scalarKey(run(frame));
      return key !== undefined && set.has(key);
    },
  };
}

function scalarKey(value: CelValue): string | number | bigint | boolean | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (value instanceof CelDouble)
    return Number.isNaN(value.value) ? undefined : Number.isInteger(value.value) && !Number.isSafeInteger(value.value) ? BigInt(value.value) : value.value;
  return value instanceof CelUint ? value.value : integerOf(value);
}
