import {
  type FieldError,
  type HookContext,
  type KubeObject,
  type ResourceDefinition,
  schemaOf,
  validateBySchema,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '#api';
import type { Call } from './call.ts';

/** Mistakes in the metadata of a new object. */
export function checkCreate(call: Call, object: KubeObject): FieldError[] {
  const { definition } = call;
  const validateName = definition.validateName && ((name: string, isPrefix: boolean) => definition.validateName?.(name, isPrefix) ?? []);
  return validateObjectMeta(object.metadata, { namespaced: definition.namespaced, validateName });
}
/** Mistakes in everything else: by the kind's own rules, or by its schema where it has none. */
export function checkBody(definition: ResourceDefinition, object: KubeObject, context: HookContext): FieldError[] {
  return definition.validate ? definition.validate(object, context) : validateBySchema(schemaOf(definition.schema), object);
}
/** Mistakes in how an update changes metadata. */
export function checkUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  return validateObjectMetaUpdate(object.metadata, old.metadata);
}
