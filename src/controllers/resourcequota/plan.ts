import {
  amountsOf,
  changesClaimUsage,
  changesServiceUsage,
  equalAmounts,
  hasDeadline,
  isChargedPod,
  type KubeObject,
  maskAmounts,
  quotaUsage,
  resourceListOf,
  type UsageOptions,
} from '#api';
import type { PersistentVolumeClaim, Pod, ResourceQuota, ResourceQuotaStatus, Service } from '#api/types/core-v1';

/** The status that a quota should have; undefined when it has it. What cannot be measured keeps the value it has. */
export function planStatus({ spec, status }: ResourceQuota, options: UsageOptions): ResourceQuotaStatus | undefined {
  const hard = amountsOf(spec?.hard);
  const before = amountsOf(status?.used);
  const used = maskAmounts(new Map([...before, ...quotaUsage(spec, options)]), hard.keys());
  const isRight = status?.hard !== undefined && status.used !== undefined && equalAmounts(hard, amountsOf(status.hard)) && equalAmounts(used, before);
  return isRight ? undefined : { hard: spec?.hard ?? {}, used: resourceListOf(used) };
}

/** Whether the quota's limits are other ones than before. */
export function changesLimits({ spec }: ResourceQuota, old: ResourceQuota): boolean {
  return !equalAmounts(amountsOf(spec?.hard), amountsOf(old.spec?.hard));
}

/** Whether an update of an object can give room back without admission knowing; follows pkg/quota/v1/install/update_filter.go. */
export function freesQuota(plural: string, object: KubeObject, old: KubeObject, nowMs: number): boolean {
  switch (plural) {
    case 'pods':
      if (changesAllocation(object as Pod, old as Pod) || hasDeadline(object as Pod) !== hasDeadline(old as Pod)) return true;
      return isChargedPod(old as Pod, nowMs) && !isChargedPod(object as Pod, nowMs);
    case 'services':
      return changesServiceUsage(object as Service, old as Service);
    case 'persistentvolumeclaims':
      return changesClaimUsage(object as PersistentVolumeClaim, old as PersistentVolumeClaim);
    default:
      return false;
  }
}

/** What a Pod's containers have been given: a resize that has come to its end. */
function changesAllocation({ status }: Pod, { status: old }: Pod): boolean {
  if (status?.containerStatuses === old?.containerStatuses) return false;
  const held = (each: Pod['status']): string =>
    JSON.stringify(each?.containerStatuses?.map(({ resources, allocatedResources }) => [resources, allocatedResources]));
  return status?.containerStatuses?.length === old?.containerStatuses?.length && held(status) !== held(old);
}

/** When a Pod that is being deleted stops to count although it is still there; undefined while it is not being deleted. */
export function uncountedAtMs({ metadata }: Pod): number | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds: grace } = metadata;
  return deletionTimestamp === undefined || grace === undefined ? undefined : Date.parse(deletionTimestamp) + grace * 1000 + 1;
}
