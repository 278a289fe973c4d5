import { boolType, bytesType, type CelType, doubleType, durationType, intType, stringType, timestampType, uintType } from '../types.ts';

/** Types with an order, by the names that the overload ids of list functions give them. */
export const COMPARABLE_TYPES: readonly (readonly [name: string, type: CelType])[] = [
  ['int', intType],
  ['uint', uintType],
  ['double', doubleType],
  ['bool', boolType],
  ['duration', durationType],
  ['timestamp', timestampType],
  ['string', stringType],
  ['bytes', bytesType],
];
