import type { OwnerReference } from '#api/types/meta-v1';
import type { Endpoint, EndpointPort, EndpointSlice } from '#api/types/discovery-v1';
import { isEqual } from '../values.ts';
import type { AddressType } from './pod-address.ts';
import { TRIGGER_TIME } from './trigger-times.ts';

/** Endpoints that share ports and family, and so slices. */
export interface DesiredGroup {
  readonly addressType: AddressType;
  readonly ports: EndpointPort[];
  readonly endpoints: Endpoint[];
}
/** What all slices of one service have in common. */
export interface SliceOptions {
  readonly perSlice: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly triggerTime: string | undefined;
  readonly owner: OwnerReference;
  readonly namespace: string;
  readonly namePrefix: string;
  /** Families that get an empty slice when they have no endpoints. */
  readonly placeholders: readonly AddressType[];
}
/** Slices to write. `update` holds whole objects. */
export interface SlicePlan {
  readonly create: readonly EndpointSlice[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

interface Work {
  readonly create: EndpointSlice[];
  readonly update: EndpointSlice[];
  readonly remove: EndpointSlice[];
}

/**
 * Brings slices to what is wanted with few and small writes: endpoints stay in the slice they are in, new ones fill slices that are written
 * anyway, then the fullest other slice with room for all of them, then new slices. Slices left empty go.
 */
export function planSlices(groups: readonly DesiredGroup[], present: readonly EndpointSlice[], options: SliceOptions): SlicePlan {
  const work: Work = { create: [], update: [], remove: [] };
  const unclaimed = new Set(present.filter((slice) => slice.metadata.deletionTimestamp === undefined));
  const wanted = [...groups];
  for (const addressType of options.placeholders) {
    if (!groups.some((g) => g.addressType === addressType)) wanted.push({ addressType, ports: [], endpoints: [] });
  }
  for (const group of wanted) {
    const own = [...unclaimed].filter((slice) => slice.addressType === group.addressType && hasPorts(slice, group.ports));
    for (const slice of own) unclaimed.delete(slice);
    planGroup(group, own, work, options);
  }
  work.remove.push(...unclaimed);
  return work;
}

function planGroup(group: DesiredGroup, slices: readonly EndpointSlice[], work: Work, options: SliceOptions): void {
  const missing = new Map(group.endpoints.map((endpoint) => [identityOf(endpoint), endpoint]));
  const drafts = slices.map((slice) => {
    const kept: Endpoint[] = [];
    for (const endpoint of slice.endpoints ?? []) {
      const wanted = missing.get(identityOf(endpoint));
      if (!wanted) continue;
      missing.delete(identityOf(endpoint));
      kept.push(isEqual(endpoint, wanted) ? endpoint : wanted);
    }
    return { slice, endpoints: kept };
  });
  place([...missing.values()], drafts, group, work, options);
  const isPlaceholder = group.endpoints.length === 0;
  drafts.forEach(({ slice, endpoints }, i) => {
    if (endpoints.length === 0 && !(isPlaceholder && i === 0)) work.remove.push(slice);
    else if (isChanged(slice, endpoints, options)) work.update.push(written({ ...slice, endpoints }, options));
  });
  if (isPlaceholder && drafts.length === 0) work.create.push(newSlice(group, [], options));
}

interface SliceDraft {
  readonly slice: EndpointSlice;
  readonly endpoints: Endpoint[];
}

function place(endpoints: Endpoint[], drafts: readonly SliceDraft[], group: DesiredGroup, work: Work, options: SliceOptions): void {
  const { perSlice } = options;
  let rest = endpoints;
  for (const draft of drafts) {
    if (rest.length === 0) return;
    if (!isChanged(draft.slice, draft.endpoints, options)) continue;
    const room = Math.max(0, perSlice - draft.endpoints.length);
    draft.endpoints.push(...rest.slice(0, room));
    rest = rest.slice(room);
  }
  while (rest.length > 0) {
    const amount = Math.min(rest.length, perSlice);
    const roomy = rest.length < perSlice ? drafts.filter((d) => d.endpoints.length + amount <= perSlice) : [];
    const fullest = roomy.reduce<SliceDraft | undefined>((best, d) => (best && best.endpoints.length >= d.endpoints.length ? best : d), undefined);
    if (fullest) fullest.endpoints.push(...rest);
    else work.create.push(newSlice(group, rest.slice(0, amount), options));
    rest = rest.slice(amount);
  }
}
function hasPorts(slice: EndpointSlice, ports: readonly EndpointPort[]): boolean {
  const key = (list: readonly EndpointPort[]): string =>
    list
      .map((p) => `${p.name ?? ''}/${p.protocol ?? 'TCP'}/${p.port ?? ''}/${p.appProtocol ?? ''}`)
      .sort()
      .join();
  return key(slice.ports ?? []) === key(ports);
}
/** The Pod, or else the address, that an endpoint stands for. */
function identityOf({ targetRef, addresses }: Endpoint): string {
  return `${targetRef?.uid ?? ''} ${targetRef?.name ?? ''} ${addresses.join()}`;
}

function isChanged(slice: EndpointSlice, endpoints: readonly Endpoint[], options: SliceOptions): boolean {
  if (!isEqual(slice.metadata.labels, options.labels)) return true;
  const { [TRIGGER_TIME]: _, ...annotations } = slice.metadata.annotations ?? {};
  if (!isEqual(annotations, options.annotations)) return true;
  return !isEqual(slice.endpoints ?? [], endpoints);
}
function written(slice: EndpointSlice, options: SliceOptions): EndpointSlice {
  const annotations = { ...options.annotations, ...(options.triggerTime === undefined ? {} : { [TRIGGER_TIME]: options.triggerTime }) };
  return { ...slice, metadata: { ...slice.metadata, labels: { ...options.labels }, annotations } };
}
function newSlice(group: DesiredGroup, endpoints: Endpoint[], options: SliceOptions): EndpointSlice {
  const { addressType, ports } = group;
  const metadata = { generateName: `${options.namePrefix}-`, namespace: options.namespace, ownerReferences: [options.owner] };
  return written({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType, endpoints, ports }, options);
}
