import type { ResourceClaim } from '#api/types/resource-v1';
import { addQuantity, type Quantity, quantityOf } from '../machinery/quantity.ts';
import { oneOf } from './amounts.ts';
import type { QuotaEvaluator } from './evaluator.ts';

const COUNT = 'count/resourceclaims.resource.k8s.io';
const DEVICES_SUFFIX = '.deviceclass.resource.k8s.io/devices';
/** As many devices as one allocation can hold: what `All` is charged. */
const MOST_DEVICES = 32;

/** Resource claims and the devices they ask for by class, at worst; follows pkg/quota/v1/evaluator/core/resource_claims.go. */
export const resourceClaimEvaluator: QuotaEvaluator = {
  group: 'resource.k8s.io',
  plural: 'resourceclaims',
  handles: ({ operation, subresource }) => subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
  matchingResources: (names) => names.filter((name) => name === COUNT || name.endsWith(DEVICES_SUFFIX)),
  usage(object) {
    const usage = oneOf(COUNT);
    for (const { exactly, firstAvailable } of (object as ResourceClaim).spec?.devices?.requests ?? []) {
      const alternatives = firstAvailable?.length ? firstAvailable : exactly ? [exactly] : [];
      for (const [name, count] of mostByClass(alternatives)) {
        const known = usage.get(name);
        usage.set(name, known ? addQuantity(known, count) : count);
      }
    }
    return usage;
  },
};

interface DeviceRequest {
  readonly deviceClassName: string;
  readonly allocationMode?: string | undefined;
  readonly count?: number | undefined;
}

function mostByClass(requests: readonly DeviceRequest[]): Map<string, Quantity> {
  const most = new Map<string, number>();
  for (const { deviceClassName, allocationMode, count = 0 } of requests) {
    const devices = allocationMode === 'All' ? MOST_DEVICES : allocationMode === 'ExactCount' ? count : 0;
    const name = deviceClassName + DEVICES_SUFFIX;
    most.set(name, Math.max(most.get(name) ?? 0, devices));
  }
  return new Map(Array.from(most, ([name, devices]) => [name, quantityOf(devices)]));
}
