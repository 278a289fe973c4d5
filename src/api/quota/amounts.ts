import type { ResourceList } from '#api/types/core-v1';
import { addQuantity, compareQuantity, formatQuantity, parseQuantity, type Quantity, quantityOf, subtractQuantity } from '../machinery/quantity.ts';

/** How much of which resources. Follows k8s.io/apiserver/pkg/quota/v1/resources.go. */
export type Amounts = ReadonlyMap<string, Quantity>;

export const NONE: Amounts = new Map();
export const ZERO: Quantity = quantityOf(0);
const ONE = quantityOf(1);

/** One of each. */
export function oneOf(...names: string[]): Map<string, Quantity> {
  return new Map(names.map((name) => [name, ONE]));
}
export function amountsOf(list: ResourceList | undefined): Amounts {
  if (!list) return NONE;
  return new Map(Object.entries(list).map(([name, quantity]) => [name, parseQuantity(quantity)]));
}
export function resourceListOf(amounts: Amounts): ResourceList {
  return Object.fromEntries(Array.from(amounts, ([name, quantity]) => [name, formatQuantity(quantity)]));
}

/** Every resource of either. */
export function addAmounts(a: Amounts, b: Amounts): Amounts {
  const sum = new Map(a);
  for (const [name, quantity] of b) {
    const known = sum.get(name);
    sum.set(name, known ? addQuantity(known, quantity) : quantity);
  }
  return sum;
}
/** What of `a` is left without `b`; never less than nothing. */
export function subtractAmounts(a: Amounts, b: Amounts): Amounts {
  const rest = new Map<string, Quantity>();
  for (const [name, quantity] of a) {
    const less = b.get(name);
    const left = less ? subtractQuantity(quantity, less) : quantity;
    rest.set(name, left.digits < 0n ? { ...left, digits: 0n } : left);
  }
  return rest;
}
/** Only these resources. */
export function maskAmounts(amounts: Amounts, names: Iterable<string>): Amounts {
  const masked = new Map<string, Quantity>();
  for (const name of names) {
    const quantity = amounts.get(name);
    if (quantity) masked.set(name, quantity);
  }
  return masked;
}
export function withoutZeros(amounts: Amounts): Amounts {
  return new Map([...amounts].filter(([, { digits }]) => digits !== 0n));
}
/** The resources of which `amounts` is more than `limits` says. */
export function exceeding(amounts: Amounts, limits: Amounts): string[] {
  return [...limits].flatMap(([name, limit]) => {
    const quantity = amounts.get(name);
    return quantity && compareQuantity(quantity, limit) > 0 ? [name] : [];
  });
}
export function negativeNames(amounts: Amounts): string[] {
  return [...amounts].flatMap(([name, { digits }]) => (digits < 0n ? [name] : []));
}
/** Whether both have the same resources, as much of each. */
export function equalAmounts(a: Amounts, b: Amounts): boolean {
  if (a.size !== b.size) return false;
  for (const [name, quantity] of a) {
    const other = b.get(name);
    if (!other || compareQuantity(quantity, other) !== 0) return false;
  }
  return true;
}
/** `pods=1,requests.cpu=100m`, in order. */
export function formatAmounts(amounts: Amounts): string {
  return [...amounts.keys()]
    .sort()
    .map((name) => `${name}=${formatQuantity(amounts.get(name) as Quantity)}`)
    .join(',');
}
