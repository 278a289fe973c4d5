import { type KubeObject, newBadRequest, podDisruptionBudgets, selectorOf, StatusError, newNotFound } from '#api';
import type { Pod } from '#api/types/core-v1';
import type { Eviction, PodDisruptionBudget } from '#api/types/policy-v1';
import { rfc3339 } from '#lib';
import type { ObjectReader } from '../contract.ts';
import type { Call } from './call.ts';
import { requireEntry } from './commit.ts';
import { deleteObject } from './delete.ts';
import type { Registry } from './registry.ts';
import { guaranteedUpdate } from './update.ts';

/** Deletes a Pod unless a disruption budget forbids it now; throws TooManyRequests then. */
export async function evictPod(registry: Registry, reader: ObjectReader, call: Call, name: string, body: KubeObject): Promise<void> {
  const eviction = body as KubeObject & Eviction;
  if (eviction.metadata.name && eviction.metadata.name !== name) throw newBadRequest('name in URL does not match name in Eviction object');
  const options = { ...eviction.deleteOptions };
  const isDryRun = call.isDryRun || (options.dryRun?.includes('All') ?? false);
  const podCall: Call = { ...call, subresource: '', isDryRun };
  const entry = await requireEntry(registry, podCall, name);
  const pod = entry.object as Pod;
  if (!isExempt(pod)) await takeFromBudget(registry, reader, { ...podCall, isDryRun }, pod);
  await deleteObject(registry, podCall, name, options);
}

/** Pods that serve nobody may go whatever budgets say. */
function isExempt({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined || status?.phase === 'Succeeded' || status?.phase === 'Failed' || status?.phase === 'Pending';
}

async function takeFromBudget(registry: Registry, reader: ObjectReader, call: Call, pod: Pod): Promise<void> {
  const budgets = [...reader.list<PodDisruptionBudget>(podDisruptionBudgets, call.namespace)].filter(
    ({ spec }) => spec?.selector && selectorOf(spec.selector).matches(pod.metadata.labels),
  );
  const [budget, second] = budgets;
  if (!budget) return;
  if (second) {
    throw new StatusError(
      'InternalError',
      'Internal error occurred: This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      {
        details: { causes: [{ message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.' }] },
      },
    );
  }
  const isReady = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
  if (!isReady && (budget.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow' || (currentHealthy >= desiredHealthy && desiredHealthy > 0))) return;
  await spendDisruption(registry, call, budget, pod);
}

async function spendDisruption(registry: Registry, call: Call, { metadata }: PodDisruptionBudget, pod: Pod): Promise<void> {
  const cache = registry.caches.cacheOf(podDisruptionBudgets);
  if (!cache) throw newNotFound({ group: 'policy', plural: 'poddisruptionbudgets' }, metadata.name ?? '');
  const budgetCall: Call = { ...call, definition: podDisruptionBudgets, cache, served: { ...podDisruptionBudgets }, subresource: 'status' };
  const change = (stored: KubeObject | undefined): KubeObject => {
    const live = stored as PodDisruptionBudget;
    const status = live.status;
    if ((status?.observedGeneration ?? 0) < (live.metadata.generation ?? 0))
      throw tooManyRequests(`The disruption budget ${metadata.name} is still being processed by the server.`, 10);
    if (!status || (status.disruptionsAllowed ?? 0) <= 0) {
      const text = `The disruption budget ${metadata.name} needs ${status?.desiredHealthy ?? 0} healthy pods and has ${status?.currentHealthy ?? 0} currently`;
      throw tooManyRequests(text, 0);
    }
    const disruptedPods = { ...status.disruptedPods, [pod.metadata.name ?? '']: rfc3339(registry.clock.now()) };
    return {
      ...live,
      metadata: { ...live.metadata },
      status: { ...status, disruptionsAllowed: (status.disruptionsAllowed ?? 1) - 1, disruptedPods },
    } as KubeObject;
  };
  await guaranteedUpdate(registry, budgetCall, metadata.name ?? '', change, { mayCreate: false, isTracked: true, skipsAdmission: true, strategy: {} });
}

function tooManyRequests(text: string, retryAfterSeconds: number): StatusError {
  return new StatusError('TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    details: { causes: [{ reason: 'DisruptionBudget', message: text }], ...(retryAfterSeconds ? { retryAfterSeconds } : {}) },
  });
}
