import type { ResourceList } from '#api/types/core-v1';

/** Rounds quantities up to thousandths, in place: nothing is counted finer. */
export function defaultResourceList(list: ResourceList): void {
  for (const [name, quantity] of Object.entries(list)) {
    // Canonical quantities with finer parts end in n or u.
    const match = /^([+-]?\d+)([nu])$/.exec(String(quantity));
    if (match) list[name] = `${Math.ceil(Number(match[1]) / (match[2] === 'n' ? 1e6 : 1e3))}m`;
  }
}
