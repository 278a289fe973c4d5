import type { PodSpec } from '#api/types/core-v1';
import { visitContainers } from './windows.ts';

/**
 * Takes away fields of features that 1.36 leaves off (ContainerStopSignals, ClusterTrustBundleProjection, PodCertificateRequest, GenericWorkload),
 * unless what is stored uses them already; as upstream's DropDisabledPodFields. In place.
 */
export function dropDisabledFields(spec: PodSpec | undefined, old: PodSpec | undefined): void {
  if (!spec) return;
  if (spec.schedulingGroup && !old?.schedulingGroup) delete spec.schedulingGroup;
  visitContainers(spec, '', (container) => {
    if (container.lifecycle?.stopSignal === undefined || usesStopSignals(old)) return;
    delete container.lifecycle.stopSignal;
    if (Object.values(container.lifecycle).every((value) => value === undefined)) delete container.lifecycle;
  });
  for (const { projected } of spec.volumes ?? []) {
    for (const source of projected?.sources ?? []) {
      if (source.clusterTrustBundle && !usesSource(old, 'clusterTrustBundle')) delete source.clusterTrustBundle;
      if (source.podCertificate && !usesSource(old, 'podCertificate')) delete source.podCertificate;
    }
  }
}

function usesStopSignals(spec: PodSpec | undefined): boolean {
  let isUsed = false;
  if (spec) {
    visitContainers(spec, '', ({ lifecycle }) => {
      if (lifecycle?.stopSignal !== undefined) isUsed = true;
    });
  }
  return isUsed;
}
function usesSource(spec: PodSpec | undefined, name: 'clusterTrustBundle' | 'podCertificate'): boolean {
  return (spec?.volumes ?? []).some(({ projected }) => projected?.sources?.some((source) => source[name] !== undefined));
}
