import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '#api/types/core-v1';
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

/** Says where a new claim's data come from in both fields; the older one knows claims and snapshots only, and forgets what else it is told. */
export function settleDataSource(spec: PersistentVolumeClaimSpec): void {
  if (spec.dataSource && !isClaimOrSnapshot(spec.dataSource)) delete spec.dataSource;
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource };
  else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { apiGroup, kind, name } = dataSourceRef;
    spec.dataSource = { ...(apiGroup === undefined ? {} : { apiGroup }), kind, name };
  }
}
function isClaimOrSnapshot({ apiGroup, kind }: { apiGroup?: string | null | undefined; kind: string }): boolean {
  return apiGroup ? apiGroup === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot' : kind === 'PersistentVolumeClaim';
}
