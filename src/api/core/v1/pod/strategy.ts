import type { AppArmorProfile, Pod, PodAffinityTerm, PodSpec } from '#api/types/core-v1';
import type { DeleteOptions, LabelSelectorRequirement } from '#api/types/meta-v1';
import { key } from '../../../machinery/field-error.ts';
import { jsonEqual } from '../../../machinery/json-value.ts';
import type { JsonValue } from '../../../machinery/json.ts';
import { APP_ARMOR_PREFIX } from './annotations.ts';
import { mirrorServiceAccount } from './defaults.ts';
import { podCondition } from './pod-condition.ts';
import { dropDisabledFields } from './disabled-fields.ts';
import { qosClassOf } from './resources.ts';
import { validateAppArmor } from './security.ts';
import { visitContainers } from './windows.ts';

/** A new Pod is pending, whatever its author says. */
export function preparePod(pod: Pod): void {
  pod.status = { phase: 'Pending', qosClass: qosClassOf(pod) };
  if (pod.spec.schedulingGates?.length) {
    const message = 'Scheduling is blocked due to non-empty scheduling gates';
    pod.status.conditions = [podCondition({ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message })];
  }
  dropDisabledFields(pod.spec, undefined);
  // Admission may have filled in the account.
  mirrorServiceAccount(pod.spec);
  applyMatchLabelKeys(pod);
  if (pod.metadata.annotations) profilesFromAnnotations(pod, pod.metadata.annotations);
}

/** The status has its own writers. */
export function preparePodUpdate(pod: Pod, old: Pod): void {
  pod.status = old.status;
  dropDisabledFields(pod.spec, old.spec);
  mirrorServiceAccount(pod.spec);
}

/** The quality of service and what generation was seen never go away, and the list of addresses and the first address agree. */
export function preparePodStatus(pod: Pod, old: Pod): void {
  pod.spec = old.spec;
  // Old kubelets spoilt these.
  if (old.metadata.ownerReferences) pod.metadata.ownerReferences = old.metadata.ownerReferences;
  else delete pod.metadata.ownerReferences;
  pod.status ??= {};
  const { status } = pod;
  status.qosClass ||= old.status?.qosClass;
  if (!status.observedGeneration) keep(status, 'observedGeneration', old.status?.observedGeneration);
  keepSeenGenerations(status.conditions, old.status?.conditions);
  if (status.podIP && status.podIPs?.[0]?.ip !== status.podIP) status.podIPs = [{ ip: status.podIP }];
  else if (!status.podIP && status.podIPs?.[0]) status.podIP = status.podIPs[0].ip;
  if (status.hostIP && status.hostIPs === undefined && old.status?.hostIPs !== undefined) status.hostIPs = [{ ip: status.hostIP }];
}
function keep<T extends object, K extends keyof T>(object: T, field: K, value: T[K]): void {
  if (value) object[field] = value;
}

type Seen = { type: string; observedGeneration?: number | undefined };
/** Conditions of one type may be there several times: the first takes the first's, and so on. */
function keepSeenGenerations(conditions: Seen[] | undefined, old: readonly Seen[] | undefined): void {
  if (!old?.some(({ observedGeneration }) => observedGeneration)) return;
  const rest = [...old];
  for (const condition of conditions ?? []) {
    const i = rest.findIndex(({ type }) => type === condition.type);
    const [before] = i < 0 ? [] : rest.splice(i, 1);
    if (!condition.observedGeneration) keep(condition, 'observedGeneration', before?.observedGeneration);
  }
}

/** A change of the spec by way of a subresource is counted too. */
export function countSpecChange(pod: Pod, old: Pod): void {
  if (!jsonEqual(pod.spec as unknown as JsonValue, old.spec as unknown as JsonValue)) pod.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

// Told after validation, when the annotation and the field agree already.
const toldAnnotations = new WeakMap<Pod, string[]>();

/** Warnings of annotations that became fields when the Pod was prepared. */
export function appArmorWarnings(pod: Pod): string[] {
  return toldAnnotations.get(pod) ?? [];
}

/** AppArmor profiles were annotations once; where there is no field they become one. */
function profilesFromAnnotations(pod: Pod, annotations: Readonly<Record<string, string>>): void {
  const { spec } = pod;
  if (spec.os?.name === 'windows') return;
  const warnings: string[] = [];
  visitContainers(spec, '', (container) => {
    const name = APP_ARMOR_PREFIX + container.name;
    const annotation = annotations[name];
    if (annotation === undefined || container.securityContext?.appArmorProfile) return;
    const profile = profileOf(annotation);
    const ofPod = spec.securityContext?.appArmorProfile;
    const isNew = profile !== undefined && (profile.type !== ofPod?.type || profile.localhostProfile !== ofPod?.localhostProfile);
    if (isNew) container.securityContext = { ...container.securityContext, appArmorProfile: profile };
    if (isNew || !profile) warnings.push(`${key('metadata.annotations', name)}: deprecated since v1.30; use the "appArmorProfile" field instead`);
  });
  if (warnings.length) toldAnnotations.set(pod, warnings);
}
function profileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  if (!annotation.startsWith('localhost/')) return undefined;
  const profile: AppArmorProfile = { type: 'Localhost', localhostProfile: annotation.slice('localhost/'.length) };
  return validateAppArmor(profile, '').length ? undefined : profile;
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
