import { type CriClient, isRuntimeNotFound } from '../cri/cri-client.ts';
import { LABEL } from './labels.ts';
import { NOTHING_OBSERVED, type ObservedContainer, type ObservedSandbox, observeContainer, observeSandbox, podOf, type PodRuntime } from './observed.ts';

/** All that the runtime holds of pods, by pod uid. */
export async function observePods(cri: CriClient, uid?: string): Promise<Map<string, PodRuntime>> {
  const filter = uid === undefined ? {} : { filter: { labelSelector: { [LABEL.podUid]: uid } } };
  const [{ containers }, { items }] = await Promise.all([cri.call('ListContainers', filter), cri.call('ListPodSandbox', filter)]);
  const found = new Map<string, { sandboxes: ObservedSandbox[]; containers: ObservedContainer[] }>();
  for (const item of [...containers, ...items]) {
    const owner = podOf(item)?.uid;
    if (owner && !found.has(owner)) found.set(owner, { sandboxes: [], containers: [] });
  }
  await Promise.all([
    ...items.map(async (sandbox) => {
      const { status } = (await orMissing(cri.call('PodSandboxStatus', { podSandboxId: sandbox.id }))) ?? {};
      if (status) found.get(podOf(sandbox)?.uid ?? '')?.sandboxes.push(observeSandbox(status));
    }),
    ...containers.map(async (container) => {
      const { status } = (await orMissing(cri.call('ContainerStatus', { containerId: container.id }))) ?? {};
      if (status) found.get(podOf(container)?.uid ?? '')?.containers.push(observeContainer(status, container.podSandboxId));
    }),
  ]);
  for (const runtime of found.values()) {
    runtime.sandboxes.sort(newestFirst);
    runtime.containers.sort(newestFirst);
  }
  return found;
}

/** All that the runtime holds of one pod. */
export async function observePod(cri: CriClient, uid: string): Promise<PodRuntime> {
  return (await observePods(cri, uid)).get(uid) ?? NOTHING_OBSERVED;
}

function newestFirst(a: { createdAtMs: number }, b: { createdAtMs: number }): number {
  return b.createdAtMs - a.createdAtMs;
}

/** What was removed between listing and asking is not there. */
async function orMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isRuntimeNotFound(error)) return undefined;
    throw error;
  }
}
