import { controllerOf, isStatus, type JsonObject, type KubeObject, ownerReferenceTo, type ResourceType } from '#api';
import type { Client } from '#client';

/** What is to become of the candidates: `keep` are owned already, `adopt` have no owner and match, `release` are owned and match no more. */
export interface Claims<T extends KubeObject> {
  readonly keep: T[];
  readonly adopt: T[];
  readonly release: T[];
}

/** Sorts candidates by what their owner has to do about them. An owner that is being deleted neither adopts nor releases. */
export function planClaims<T extends KubeObject>(owner: KubeObject, candidates: Iterable<T>, matches: (object: T) => boolean): Claims<T> {
  const claims: Claims<T> = { keep: [], adopt: [], release: [] };
  const isOwnerDeleted = owner.metadata.deletionTimestamp !== undefined;
  for (const object of candidates) {
    const controller = controllerOf(object);
    if (controller) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (matches(object)) claims.keep.push(object);
      else if (!isOwnerDeleted) claims.release.push(object);
    } else if (!isOwnerDeleted && object.metadata.deletionTimestamp === undefined && matches(object)) {
      claims.adopt.push(object);
    }
  }
  return claims;
}

/** The kinds that take part in a claim. */
export interface ClaimTypes<O extends KubeObject, T extends KubeObject> {
  readonly owner: ResourceType<O>;
  readonly dependent: ResourceType<T>;
}

/** Carries out `planClaims`; resolves with what the owner then owns. Before adopting it looks past the cache whether the owner still lives. */
export async function claim<O extends KubeObject, T extends KubeObject>(client: Client, types: ClaimTypes<O, T>, owner: O, claims: Claims<T>): Promise<T[]> {
  const owned = [...claims.keep];
  if (claims.adopt.length > 0) await checkOwnerLives(client, types.owner, owner);
  for (const object of claims.adopt) {
    const patch = { metadata: { uid: object.metadata.uid, ownerReferences: [ownerReferenceTo(owner, types.owner) as unknown as JsonObject] } };
    try {
      owned.push(await client.patch(types.dependent, nameOf(object), patch, { type: 'strategic' }));
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }
  for (const object of claims.release) await release(client, types.dependent, object, owner);
  return owned;
}

async function release(client: Client, type: ResourceType, object: KubeObject, owner: KubeObject): Promise<void> {
  const patch = { metadata: { uid: object.metadata.uid, ownerReferences: [{ $patch: 'delete', uid: owner.metadata.uid }] } };
  try {
    await client.patch(type, nameOf(object), patch, { type: 'strategic' });
  } catch (error) {
    // Gone, or another object of that name by now: either way it is not ours.
    if (!isStatus(error, 'NotFound', 'Invalid', 'Conflict')) throw error;
  }
}

async function checkOwnerLives<O extends KubeObject>(client: Client, type: ResourceType<O>, owner: O): Promise<void> {
  const fresh = await client.get(type, nameOf(owner));
  const { namespace = '', name = '', uid = '' } = owner.metadata;
  if (fresh.metadata.uid !== uid)
    throw new Error(`Cannot adopt for ${type.kind} ${namespace}/${name}: it is gone, got uid ${fresh.metadata.uid ?? ''}, wanted ${uid}`);
  if (fresh.metadata.deletionTimestamp !== undefined) {
    throw new Error(`Cannot adopt for ${type.kind} ${namespace}/${name}: it has just been deleted at ${fresh.metadata.deletionTimestamp}`);
  }
}

function nameOf(object: KubeObject): { namespace?: string | undefined; name: string } {
  return { namespace: object.metadata.namespace, name: object.metadata.name ?? '' };
}
