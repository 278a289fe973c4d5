import { isStatus, type KubeObject, type ResourceDefinition, type ResourceType } from '#api';
import type { Client } from '#client';
import { messageOf } from '../refusals.ts';
import type { ContentReport } from './plan.ts';

/** A kind that is addressed, and what it can be asked for. */
export type ContentKind = ResourceType & Pick<ResourceDefinition, 'verbs'>;

/** Deletes all objects of these kinds in the namespace and reports what is left, with the longest grace period still running. */
export async function deleteContent(
  client: Client,
  namespace: string,
  kinds: readonly ContentKind[],
): Promise<ContentReport & { readonly graceSeconds: number }> {
  const failures: string[] = [];
  const remaining = new Map<string, number>();
  const finalizers = new Map<string, number>();
  let graceSeconds = 0;
  const work = kinds.map(async (kind) => {
    try {
      const left = await deleteKind(client, namespace, kind);
      if (left.length > 0) remaining.set(`${kind.plural}.${kind.group}`, left.length);
      for (const { metadata } of left) {
        graceSeconds = Math.max(graceSeconds, Number(metadata.deletionGracePeriodSeconds ?? 0));
        for (const name of metadata.finalizers ?? []) finalizers.set(name, (finalizers.get(name) ?? 0) + 1);
      }
    } catch (error) {
      failures.push(messageOf(error));
    }
  });
  await Promise.all(work);
  return { failures, remaining, finalizers, graceSeconds };
}

async function deleteKind(client: Client, namespace: string, kind: ContentKind): Promise<KubeObject[]> {
  const before = await client.list(kind, { namespace });
  if (before.items.length === 0) return [];
  if (kind.verbs.includes('deletecollection')) {
    await client.deleteCollection(kind, { namespace }, { propagationPolicy: 'Background' });
  } else {
    // Services were long deleted one by one.
    for (const { metadata } of before.items) await deleteOne(client, kind, { namespace, name: metadata.name ?? '' });
  }
  return (await client.list(kind, { namespace })).items;
}

async function deleteOne(client: Client, kind: ContentKind, ref: { namespace: string; name: string }): Promise<void> {
  try {
    await client.delete(kind, ref, { propagationPolicy: 'Background' });
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
}
