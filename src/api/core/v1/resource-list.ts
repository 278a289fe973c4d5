import type { ResourceList } from '#api/types/core-v1';
import { canonicalQuantity } from '../../machinery/quantity.ts';

/** Rounds quantities to thousandths, away from zero and in place: nothing is counted finer. */
export function defaultResourceList(list: ResourceList): void {
  for (const [name, quantity] of Object.entries(list)) {
    // Canonical quantities with finer parts end in n or u.
    const match = /^([+-]?)(\d+)([nu])$/.exec(String(quantity));
    if (match) list[name] = canonicalQuantity(`${match[1]}${inThousandths(BigInt(match[2] as string), match[3] === 'n' ? 1_000_000n : 1000n)}m`);
  }
}

function inThousandths(value: bigint, perThousandth: bigint): bigint {
  return (value + perThousandth - 1n) / perThousandth;
}
