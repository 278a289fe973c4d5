import type { Pod, PodAffinityTerm, PodSpec } from '#api/types/core-v1';
import type { DeleteOptions, LabelSelectorRequirement } from '#api/types/meta-v1';
import { mirrorServiceAccount } from './defaults.ts';
import { qosClassOf } from './resources.ts';

/** A new Pod is pending, whatever its author says. */
export function preparePod(pod: Pod): void {
  pod.status = { phase: 'Pending', qosClass: qosClassOf(pod) };
  if (pod.spec.schedulingGates?.length) {
    const message = 'Scheduling is blocked due to non-empty scheduling gates';
    pod.status.conditions = [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message }];
  }
  // Admission may have filled in the account.
  mirrorServiceAccount(pod.spec);
  applyMatchLabelKeys(pod);
}

/** The status has its own writers. */
export function preparePodUpdate(pod: Pod, old: Pod): void {
  pod.status = old.status;
  mirrorServiceAccount(pod.spec);
}

/** The quality of service never goes away, and the list of addresses and the first address agree. */
export function preparePodStatus(pod: Pod, old: Pod): void {
  pod.spec = old.spec;
  pod.status ??= {};
  const { status } = pod;
  status.qosClass ||= old.status?.qosClass;
  if (status.podIP && status.podIPs?.[0]?.ip !== status.podIP) status.podIPs = [{ ip: status.podIP }];
  else if (!status.podIP && status.podIPs?.[0]) status.podIP = status.podIPs[0].ip;
  if (status.hostIP && status.hostIPs === undefined && old.status?.hostIPs !== undefined) status.hostIPs = [{ ip: status.hostIP }];
}

/** Seconds until the Pod is gone: its own grace unless another is asked for; none where no kubelet has anything to stop. */
export function podGracePeriod({ spec, status }: Pod, options: DeleteOptions): number {
  const wanted = options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 0;
  const isOver = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  const granted = !spec.nodeName || isOver ? 0 : wanted < 0 ? 1 : wanted;
  options.gracePeriodSeconds = granted;
  return granted;
}

/** Affinity that means "like this Pod in these labels" becomes selectors with the Pod's values. */
function applyMatchLabelKeys({ metadata, spec }: Pod): void {
  for (const term of affinityTerms(spec)) {
    if (!term.labelSelector) continue;
    const terms = [...requirements(term.matchLabelKeys, 'In', metadata.labels), ...requirements(term.mismatchLabelKeys, 'NotIn', metadata.labels)];
    if (terms.length) term.labelSelector.matchExpressions = [...(term.labelSelector.matchExpressions ?? []), ...terms];
  }
  for (const constraint of spec.topologySpreadConstraints ?? []) {
    const terms = requirements(constraint.matchLabelKeys, 'In', metadata.labels);
    if (terms.length && constraint.labelSelector) {
      constraint.labelSelector.matchExpressions = [...(constraint.labelSelector.matchExpressions ?? []), ...terms];
    }
  }
}

function requirements(keys: readonly string[] | undefined, operator: 'In' | 'NotIn', labels: Record<string, string> | undefined): LabelSelectorRequirement[] {
  return (keys ?? []).flatMap((key) => {
    const value = labels?.[key];
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
}

function affinityTerms({ affinity }: PodSpec): PodAffinityTerm[] {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((kind) => [
    ...(kind?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(kind?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((weighted) => weighted.podAffinityTerm),
  ]);
}
