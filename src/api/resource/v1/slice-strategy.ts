import { rfc3339 } from '#lib';
import type { ResourceSlice } from '#api/types/resource-v1';
import type { HookContext } from '../../machinery/resource.ts';

const LISTS = ['ints', 'bools', 'strings', 'versions'] as const;

/** Says when a taint was put on, and drops what only gates that are off in 1.36 let through, unless the old slice has it. */
export function prepareDevices(slice: ResourceSlice, old: ResourceSlice | undefined, { clock }: HookContext): void {
  const devices = slice.spec.devices ?? [];
  const oldDevices = old?.spec.devices ?? [];
  const hadLists = oldDevices.some(({ attributes }) =>
    Object.values(attributes ?? {}).some((attribute) => LISTS.some((list) => attribute[list] !== undefined)),
  );
  const hadMappings = oldDevices.some((device) => device.nodeAllocatableResourceMappings !== undefined);
  for (const device of devices) {
    for (const taint of device.taints ?? []) taint.timeAdded ??= rfc3339(clock.now());
    if (!hadMappings) delete device.nodeAllocatableResourceMappings;
    if (hadLists) continue;
    for (const attribute of Object.values(device.attributes ?? {})) for (const list of LISTS) delete attribute[list];
  }
}
