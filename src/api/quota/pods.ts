import type { Container, Pod, PodAffinityTerm, ResourceList } from '#api/types/core-v1';
import { parseQuantity, type Quantity } from '../machinery/quantity.ts';
import { qosClassOf } from '../core/v1/pod/resources.ts';
import { type Amounts, addAmounts, oneOf } from './amounts.ts';
import { type QuotaEvaluator, valueInScope } from './evaluator.ts';
import { podResources } from './pod-resources.ts';

const COUNT = 'count/pods';
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'] as const;
const RESOURCES: ReadonlySet<string> = new Set([COUNT, 'pods', ...COMPUTE, ...COMPUTE.flatMap((name) => [`requests.${name}`, `limits.${name}`])]);
/** Quotas of these make every container say how much it wants: a mistake of old that upstream keeps. */
const MUST_BE_SET: ReadonlySet<string> = new Set(['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]));
const HUGE_PAGES = 'hugepages-';
const REQUESTS = 'requests.';
/** Devices of a class, asked for like an extended resource. */
const DEVICE_CLASS = 'deviceclass.resource.kubernetes.io/';

/** Pods and what they request; follows pkg/quota/v1/evaluator/core/pods.go. */
export const podEvaluator: QuotaEvaluator = {
  group: '',
  plural: 'pods',
  handles({ operation, subresource, object, oldObject }) {
    if (operation !== 'UPDATE') return operation === 'CREATE' && subresource === '';
    // An update may move a Pod from one scope to another.
    return subresource === 'resize' || (subresource === '' && oldObject !== undefined && hasDeadline(object as Pod) !== hasDeadline(oldObject as Pod));
  },
  matchingResources: (names) =>
    names.filter((name) => RESOURCES.has(name) || name.startsWith(HUGE_PAGES) || name.startsWith(REQUESTS + HUGE_PAGES) || isExtendedForQuota(name)),
  constraints: (required, object) => missingText(required, object as Pod),
  usage: (object, nowMs) => podUsage(object as Pod, nowMs),
  inScope(requirement, object) {
    const pod = object as Pod;
    switch (requirement.scopeName) {
      case 'Terminating':
        return hasDeadline(pod);
      case 'NotTerminating':
        return !hasDeadline(pod);
      case 'BestEffort':
        return qosClassOf(pod) === 'BestEffort';
      case 'NotBestEffort':
        return qosClassOf(pod) !== 'BestEffort';
      case 'PriorityClass':
        return valueInScope(requirement, pod.spec.priorityClassName ?? '');
      case 'CrossNamespacePodAffinity':
        return usesOtherNamespaces(pod);
      default:
        return false;
    }
  },
};

/** A Pod counts until it has ended, or should have been gone for as long as it was given to end. */
export function isChargedPod({ metadata, status }: Pod, nowMs: number): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return false;
  const { deletionTimestamp, deletionGracePeriodSeconds: grace } = metadata;
  return deletionTimestamp === undefined || grace === undefined || nowMs <= Date.parse(deletionTimestamp) + grace * 1000;
}

function podUsage(pod: Pod, nowMs: number): Amounts {
  const count = oneOf(COUNT);
  if (!isChargedPod(pod, nowMs)) return count;
  return addAmounts(count, computeUsage(podResources(pod, 'requests'), podResources(pod, 'limits')));
}

function computeUsage(requests: ResourceList, limits: ResourceList): Amounts {
  const usage: Map<string, Quantity> = oneOf('pods');
  for (const name of COMPUTE) {
    const [request, limit] = [requests[name], limits[name]];
    if (request !== undefined) for (const as of [name, REQUESTS + name]) usage.set(as, parseQuantity(request));
    if (limit !== undefined) usage.set(`limits.${name}`, parseQuantity(limit));
  }
  for (const [name, request] of Object.entries(requests)) {
    if (name.startsWith(HUGE_PAGES)) for (const as of [name, REQUESTS + name]) usage.set(as, parseQuantity(request));
    // More cannot be promised than there is, so only requests are counted.
    else if (isExtended(name)) usage.set(REQUESTS + name, parseQuantity(request));
  }
  return usage;
}

function isNative(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}
function isExtended(name: string): boolean {
  return name.startsWith(DEVICE_CLASS) || (!isNative(name) && !name.startsWith(REQUESTS));
}
function isExtendedForQuota(name: string): boolean {
  return name.startsWith(REQUESTS + DEVICE_CLASS) || (!isNative(name) && name.startsWith(REQUESTS));
}

/** `must specify limits.cpu for: a,b; limits.memory for: a` */
function missingText(required: readonly string[], { spec }: Pod): string | undefined {
  // What is said for the Pod as a whole stands for its containers.
  if (Object.keys(spec.resources?.requests ?? {}).length > 0 || Object.keys(spec.resources?.limits ?? {}).length > 0) return undefined;
  const wanted = required.filter((name) => MUST_BE_SET.has(name)).sort();
  if (wanted.length === 0) return undefined;
  const containers: Container[] = [...spec.containers, ...(spec.initContainers ?? [])];
  const set = containers.map(({ name, resources }) => ({ name, usage: computeUsage(resources?.requests ?? {}, resources?.limits ?? {}) }));
  const parts = wanted.flatMap((resource) => {
    const lacking = set.filter(({ usage }) => !usage.has(resource)).map(({ name }) => name);
    return lacking.length > 0 ? [`${resource} for: ${[...new Set(lacking)].sort().join(',')}`] : [];
  });
  return parts.length > 0 ? `must specify ${parts.join('; ')}` : undefined;
}

/** Whether a Pod will end by itself: the scope Terminating. */
export function hasDeadline({ spec }: Pod): boolean {
  return spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds >= 0;
}

function usesOtherNamespaces({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  const isAbroad = ({ namespaces, namespaceSelector }: PodAffinityTerm): boolean => (namespaces?.length ?? 0) > 0 || namespaceSelector !== undefined;
  return [podAffinity, podAntiAffinity].some(
    (affinity) =>
      affinity?.requiredDuringSchedulingIgnoredDuringExecution?.some(isAbroad) ||
      affinity?.preferredDuringSchedulingIgnoredDuringExecution?.some(({ podAffinityTerm }) => isAbroad(podAffinityTerm)),
  );
}
