import { type FieldError, type KubeObject, nameIsPathSegment, validateObjectMeta, validateObjectMetaUpdate } from '#api';
import type { Call } from './call.ts';

/** Mistakes in the metadata of a new object. */
export function checkCreate(call: Call, object: KubeObject): FieldError[] {
  const { namespaced, group } = call.definition;
  // Roles and bindings may be called what a path may hold.
  const validateName = call.definition.validateName ?? (group === 'rbac.authorization.k8s.io' ? nameIsPathSegment : undefined);
  return validateObjectMeta(object.metadata, { namespaced, validateName });
}
/** Mistakes in how an update changes metadata. */
export function checkUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  return validateObjectMetaUpdate(object.metadata, old.metadata);
}
