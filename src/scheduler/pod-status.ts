import { isStatus, pods } from '#api';
import type { Pod, PodCondition } from '#api/types/core-v1';
import type { Client } from '#client';
import { type Clock, rfc3339 } from '#lib';

/** Says in the pod's status why it has no node, unless it says so already. */
export async function setPodScheduled(client: Client, pod: Pod, condition: { reason: string; message: string }, clock: Clock): Promise<void> {
  const { namespace, name = '', generation } = pod.metadata;
  const existing = pod.status?.conditions?.find((candidate) => candidate.type === 'PodScheduled');
  const isSame = existing?.status === 'False' && existing.reason === condition.reason && existing.message === condition.message;
  if (isSame && (existing.observedGeneration ?? generation) === generation) return;
  const lastTransitionTime = existing?.status === 'False' ? existing.lastTransitionTime : undefined;
  const wanted: PodCondition = {
    type: 'PodScheduled',
    status: 'False',
    reason: condition.reason,
    message: condition.message,
    lastTransitionTime: lastTransitionTime ?? rfc3339(clock.now()),
  };
  const patch = { status: { conditions: [{ ...wanted, lastProbeTime: null, ...(generation === undefined ? {} : { observedGeneration: generation }) }] } };
  try {
    await client.patch(pods, { namespace, name }, JSON.parse(JSON.stringify(patch)), { type: 'strategic', subresource: 'status' });
  } catch (error) {
    // It is gone.
    if (!isStatus(error, 'NotFound')) throw error;
  }
}
