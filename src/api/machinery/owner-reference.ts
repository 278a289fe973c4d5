import type { OwnerReference } from '#api/types/meta-v1';
import type { KubeObject } from './object.ts';
import { apiVersionOf, type ResourceType } from './resource.ts';

/** The reference that says who controls the object. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** Whether `owner` controls `object`, by uid. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  const uid = controllerOf(object)?.uid;
  return uid !== undefined && uid === owner.metadata.uid;
}

/** The reference a controller puts on what it makes for `owner`: controller, and blocking foreground deletion, unless told otherwise. */
export function ownerReferenceTo(owner: KubeObject, type: ResourceType, options: { controller?: boolean; blockOwnerDeletion?: boolean } = {}): OwnerReference {
  const { controller = true, blockOwnerDeletion = true } = options;
  const { name, uid } = owner.metadata;
  if (!name || !uid) throw new Error(`Cannot refer to a ${type.kind} without name and uid as owner: store it first`);
  return { apiVersion: apiVersionOf(type), kind: type.kind, name, uid, controller, blockOwnerDeletion };
}
