import type { PersistentVolumeClaim } from '#api/types/core-v1';
import { defaultResourceList } from './resource-list.ts';

/** Upstream's defaults for a claim, also for those in a StatefulSet's templates. */
export function defaultClaim(claim: PersistentVolumeClaim): void {
  claim.status ??= {};
  claim.status.phase ||= 'Pending';
  claim.spec ??= {};
  claim.spec.volumeMode ??= 'Filesystem';
  const { resources } = claim.spec;
  if (resources?.requests) defaultResourceList(resources.requests);
  if (resources?.limits) defaultResourceList(resources.limits);
}
