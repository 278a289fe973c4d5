import { isStatus, leases } from '#api';
import type { Lease } from '#api/types/coordination-v1';
import type { Client } from '#client';
import { type Clock, type Log, rfc3339Micro } from '#lib';

export interface NodeLeaseOptions {
  readonly client: Client;
  readonly nodeName: string;
  /** The Node's uid, once it is registered: the lease goes away with it. */
  nodeUid(): string | undefined;
  /** Default 10 s. */
  readonly renewIntervalMs?: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const NAMESPACE = 'kube-node-lease';
const DURATION_SECONDS = 40;
const DEFAULT_RENEW_MS = 10_000;

/** Renews the node's Lease, upstream's 10 s after 10 s of its 40 s unless told otherwise, until the signal aborts. */
export async function keepNodeLease(options: NodeLeaseOptions, signal: AbortSignal): Promise<void> {
  let known: Lease | undefined;
  while (!signal.aborted) {
    try {
      known = await renew(options, known);
    } catch (error) {
      known = undefined;
      options.log.debug('Cannot renew node lease', { err: error });
      if (!isStatus(error, 'Conflict')) await options.clock.sleep(1000, signal).catch(() => undefined);
      if (isStatus(error, 'Conflict')) continue;
    }
    await options.clock.sleep(known ? (options.renewIntervalMs ?? DEFAULT_RENEW_MS) : 1000, signal).catch(() => undefined);
  }
}

async function renew(options: NodeLeaseOptions, known: Lease | undefined): Promise<Lease> {
  const { client, nodeName, clock } = options;
  const lease = known ?? (await find(options));
  const spec = { ...lease?.spec, holderIdentity: nodeName, leaseDurationSeconds: DURATION_SECONDS, renewTime: rfc3339Micro(clock.now()) };
  const uid = options.nodeUid();
  const ownerReferences = uid ? [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid }] : undefined;
  if (!lease) {
    const metadata = { namespace: NAMESPACE, name: nodeName, ...(ownerReferences ? { ownerReferences } : {}) };
    return await client.create(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec } as Lease);
  }
  const owned = lease.metadata.ownerReferences?.length ? lease.metadata.ownerReferences : ownerReferences;
  return await client.update(leases, { ...lease, metadata: { ...lease.metadata, ...(owned ? { ownerReferences: owned } : {}) }, spec });
}

async function find({ client, nodeName }: NodeLeaseOptions): Promise<Lease | undefined> {
  try {
    return await client.get(leases, { namespace: NAMESPACE, name: nodeName });
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}
