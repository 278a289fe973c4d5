import {
  isConditionTrue,
  isStatus,
  type KubeObject,
  newBadRequest,
  newForbidden,
  newNotFound,
  podCondition,
  podDisruptionBudgets,
  selectorOf,
  setCondition,
  StatusError,
} from '#api';
import type { Pod } from '#api/types/core-v1';
import type { DeleteOptions } from '#api/types/meta-v1';
import type { Eviction, PodDisruptionBudget } from '#api/types/policy-v1';
import { rfc3339 } from '#lib';
import type { ObjectReader } from '../contract.ts';
import type { Entry } from '../watch-cache/entry.ts';
import type { Call } from './call.ts';
import { requireEntry } from './commit.ts';
import { checkPreconditions, deleteObject } from './delete.ts';
import { checkDeleteOptions } from './options-check.ts';
import type { Registry } from './registry.ts';
import { guaranteedUpdate } from './update.ts';

/** More evictions than this that no controller has seen yet are too many. */
const MAX_DISRUPTED_PODS = 2000;
const MAX_ATTEMPTS = 20;
const CANNOT_EVICT = "Cannot evict pod as it would violate the pod's disruption budget.";
const SEVERAL_BUDGETS = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';

/** Deletes a Pod unless a disruption budget forbids it now (pkg/registry/core/pod/storage/eviction.go); throws StatusError. */
export async function evictPod(registry: Registry, reader: ObjectReader, call: Call, name: string, body: KubeObject): Promise<void> {
  const eviction = body as KubeObject & Eviction;
  if (eviction.metadata.name !== name) throw newBadRequest('name in URL does not match name in Eviction object');
  const options: DeleteOptions = { ...eviction.deleteOptions };
  const podCall: Call = { ...call, subresource: '', isDryRun: isDryRun(call, options) };
  for (let attempt = 1; ; attempt++) {
    const entry = await requireEntry(registry, podCall, name);
    const pod = entry.object as Pod;
    if (!isExempt(pod)) {
      await evictWithin(registry, reader, { call: podCall, entry, options });
      return;
    }
    try {
      await markAndDelete(registry, podCall, name, isOver(pod) ? options : atRevision(options, entry));
      return;
    } catch (error) {
      // The Pod changed meanwhile: it may be exempt no longer.
      if (!isStatus(error, 'Conflict') || options.preconditions?.resourceVersion !== undefined || attempt >= MAX_ATTEMPTS) throw error;
    }
  }
}

function isDryRun(call: Call, { dryRun = [] }: DeleteOptions): boolean {
  // As Go prints them.
  if (call.isDryRun && dryRun.length && dryRun.join() !== 'All')
    throw new StatusError('Unknown', `Non-matching dry-run options in request and content: [All] and [${dryRun.join(' ')}]`);
  return call.isDryRun || dryRun.includes('All');
}

/** Pods that serve nobody may go whatever budgets say. */
function isExempt(pod: Pod): boolean {
  return isOver(pod) || pod.status?.phase === 'Pending';
}
function isOver({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined || status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
/** Only as long as the Pod is what was looked at, unless the client says which one itself. */
function atRevision(options: DeleteOptions, entry: Entry): DeleteOptions {
  return options.preconditions?.resourceVersion === undefined ? withRevision(options, entry) : options;
}
function withRevision(options: DeleteOptions, entry: Entry): DeleteOptions {
  return { ...options, preconditions: { ...options.preconditions, resourceVersion: String(entry.revision) } };
}

interface Evicted {
  readonly call: Call;
  readonly entry: Entry;
  readonly options: DeleteOptions;
}

async function evictWithin(registry: Registry, reader: ObjectReader, { call, entry, options }: Evicted): Promise<void> {
  const pod = entry.object as Pod;
  const [budget, second] = [...reader.list<PodDisruptionBudget>(podDisruptionBudgets, call.namespace)].filter((each) => covers(each, pod));
  if (second) throw new StatusError('Unknown', SEVERAL_BUDGETS);
  // A Pod that is not ready counts for no budget, as long as it stays so.
  const isUncounted = budget !== undefined && mayGoUnready(budget, pod);
  if (budget && !isUncounted) await spendDisruption(registry, call, budget, pod);
  try {
    await markAndDelete(registry, call, entry.name, isUncounted ? atRevision(options, entry) : options);
  } catch (error) {
    const isOurs = isUncounted && options.preconditions?.resourceVersion === undefined;
    if (isOurs && isStatus(error, 'Conflict')) throw stillProcessed(budget.metadata.name ?? '');
    throw error;
  }
}

/** The Pod says why it goes before it does. */
async function markAndDelete(registry: Registry, call: Call, name: string, options: DeleteOptions): Promise<void> {
  const current = call.isDryRun ? options : await markEvicted(registry, call, name, options);
  checkDeleteOptions(current);
  await deleteObject(registry, call, name, current);
}
/** Returns the options for the Pod as it is then. */
async function markEvicted(registry: Registry, call: Call, name: string, options: DeleteOptions): Promise<DeleteOptions> {
  const change = (live: KubeObject | undefined): KubeObject => {
    const pod = live as Pod;
    checkPreconditions(call, { name, object: pod as KubeObject, revision: Number(pod.metadata.resourceVersion) }, options, false);
    const evicted = podCondition({ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' });
    const conditions = setCondition(pod.status?.conditions, evicted, rfc3339(registry.clock.now()));
    return { ...pod, metadata: { ...pod.metadata }, status: { ...pod.status, conditions } } as KubeObject;
  };
  const update = { mayCreate: false, isTracked: true, skipsAdmission: true, strategy: {} };
  const { entry } = await guaranteedUpdate(registry, { ...call, subresource: 'status' }, name, change, update);
  return options.preconditions?.resourceVersion === undefined ? options : withRevision(options, entry);
}

function covers({ spec }: PodDisruptionBudget, { metadata }: Pod): boolean {
  if (!spec?.selector) return false;
  try {
    const selector = selectorOf(spec.selector);
    return !selector.isEmpty && selector.matches(metadata.labels);
  } catch {
    return false;
  }
}

function mayGoUnready({ spec, status }: PodDisruptionBudget, pod: Pod): boolean {
  if (isConditionTrue(pod.status?.conditions, 'Ready')) return false;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

async function spendDisruption(registry: Registry, call: Call, { metadata: { name = '' } }: PodDisruptionBudget, pod: Pod): Promise<void> {
  const cache = registry.caches.cacheOf(podDisruptionBudgets);
  if (!cache) throw newNotFound({ group: 'policy', plural: 'poddisruptionbudgets' }, name);
  const budgetCall: Call = { ...call, definition: podDisruptionBudgets, cache, served: { ...podDisruptionBudgets }, subresource: 'status' };
  const change = (live: KubeObject | undefined): KubeObject => spent(live as PodDisruptionBudget, pod, rfc3339(registry.clock.now()));
  await guaranteedUpdate(registry, budgetCall, name, change, { mayCreate: false, isTracked: true, skipsAdmission: true, strategy: {} });
}

/** The budget with one disruption less; throws where it has none. */
function spent(budget: PodDisruptionBudget, pod: Pod, now: string): KubeObject {
  const { metadata, status } = budget;
  const name = metadata.name ?? '';
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) throw stillProcessed(name);
  const { disruptionsAllowed = 0, disruptedPods = {}, observedGeneration = 0 } = status ?? {};
  const resource = { group: 'policy', plural: 'poddisruptionbudget' };
  if (disruptionsAllowed < 0) throw newForbidden(resource, name, 'pdb disruptions allowed is negative');
  if (Object.keys(disruptedPods).length > MAX_DISRUPTED_PODS)
    throw newForbidden(resource, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  if (disruptionsAllowed === 0) throw refusal(budget);
  const left = disruptionsAllowed - 1;
  const exhausted = {
    type: 'DisruptionAllowed',
    status: 'False' as const,
    reason: 'InsufficientPods',
    message: '',
    observedGeneration,
    lastTransitionTime: now,
  };
  const conditions = left === 0 ? setCondition(status?.conditions, exhausted, now) : status?.conditions;
  return {
    ...budget,
    metadata: { ...metadata },
    status: {
      ...status,
      disruptionsAllowed: left,
      disruptedPods: { ...disruptedPods, [pod.metadata.name ?? '']: now },
      ...(conditions ? { conditions } : {}),
    },
  } as KubeObject;
}

function refusal({ metadata, status }: PodDisruptionBudget): StatusError {
  const failed = status?.conditions?.find(({ type, status: value, reason }) => type === 'DisruptionAllowed' && value === 'False' && reason === 'SyncFailed');
  if (failed)
    return tooManyRequests(`The disruption budget ${metadata.name} does not allow evicting pods currently because it failed sync: ${failed.message}`, 0);
  const { desiredHealthy = 0, currentHealthy = 0 } = status ?? {};
  return tooManyRequests(`The disruption budget ${metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`, 0);
}
function stillProcessed(name: string): StatusError {
  return tooManyRequests(`The disruption budget ${name} is still being processed by the server.`, 10);
}
function tooManyRequests(text: string, retryAfterSeconds: number): StatusError {
  return new StatusError('TooManyRequests', CANNOT_EVICT, {
    details: { causes: [{ reason: 'DisruptionBudget', message: text }], ...(retryAfterSeconds ? { retryAfterSeconds } : {}) },
  });
}
