import { setTimeout } from 'node:timers/promises';
import { CoordinationV1Api, KubeConfig, type V1Lease, Watch } from '@kubernetes/client-node';
import { type SeenLog, seenObject, type SeenType } from './seen-log.ts';
import { LEASES, NAMESPACE } from './wire.ts';

const RETRY_MS = 20;

/** The watch of `@kubernetes/client-node`, from a list on, again from the last event when it breaks, and from a new list when it has expired. */
export async function watchWithClientNode(kubeconfig: string, log: SeenLog, signal: AbortSignal): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const api = config.makeApiClient(CoordinationV1Api);
  let isListed = false;
  while (!signal.aborted) {
    try {
      if (!isListed) {
        const { items, metadata } = await api.listNamespacedLease({ namespace: NAMESPACE });
        log.replace(Number(metadata?.resourceVersion), items.map(asSeen));
        isListed = true;
      }
      isListed = await watchOnce(new Watch(config), log, signal);
    } catch {
      // The server is away.
    }
    if (!signal.aborted) await setTimeout(RETRY_MS);
  }
}

/** Resolves when the watch is over: whether it may go on from the last event. */
async function watchOnce(watch: Watch, log: SeenLog, signal: AbortSignal): Promise<boolean> {
  const over = Promise.withResolvers<boolean>();
  let hasExpired = false;
  const request = await watch.watch(
    LEASES,
    { resourceVersion: String(log.resourceVersion) },
    (type: string, object: V1Lease) => {
      if (type === 'ERROR') hasExpired = true;
      else log.event(type as SeenType, asSeen(object));
    },
    () => over.resolve(!hasExpired),
  );
  const stop = (): void => request.abort();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await over.promise;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function asSeen({ metadata, spec }: V1Lease): ReturnType<typeof seenObject> {
  const { name = '', uid = '', resourceVersion = '' } = metadata ?? {};
  return seenObject({ metadata: { name, uid, resourceVersion }, spec: { leaseTransitions: spec?.leaseTransitions ?? 0 } });
}
