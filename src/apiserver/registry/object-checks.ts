import {
  type FieldError,
  type HookContext,
  type KubeObject,
  nameIsPathSegment,
  type ResourceDefinition,
  schemaOf,
  standardFinalizerErrors,
  validateBySchema,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '#api';
import type { Call } from './call.ts';

/** Mistakes in the metadata of a new object. */
export function checkCreate(call: Call, object: KubeObject): FieldError[] {
  const { definition } = call;
  const validateName = definition.validateName && ((name: string, isPrefix: boolean) => definition.validateName?.(name, isPrefix) ?? []);
  return validateObjectMeta(object.metadata, { namespaced: definition.namespaced, validateName, anyFinalizers: mayHaveAnyFinalizers(definition) });
}
/** Only kinds of kube-apiserver's own groups are strict about the names of finalizers. */
function mayHaveAnyFinalizers({ custom, group }: ResourceDefinition): boolean {
  return custom !== undefined || group === 'apiextensions.k8s.io' || group === 'apiregistration.k8s.io';
}
/** Mistakes in everything else: by the kind's own rules, or by its schema where it has none. */
export function checkBody(definition: ResourceDefinition, object: KubeObject, context: HookContext): FieldError[] {
  return definition.validate ? definition.validate(object, context) : validateBySchema(schemaOf(definition.schema), object);
}
/**
 * Mistakes in the metadata of an update, as often as upstream finds them: its storage looks at them as at creation and as at an update, the kind's
 * validation mostly as at an update once more. `isWhole`: not of a subresource.
 */
export function checkUpdate(call: Call, object: KubeObject, old: KubeObject, isWhole: boolean): FieldError[] {
  const { definition } = call;
  const ofObject = validateObjectMeta(object.metadata, { namespaced: definition.namespaced, validateName: nameIsPathSegment, anyFinalizers: true });
  const ofUpdate = validateObjectMetaUpdate(object.metadata, old.metadata);
  const ofFinalizers = mayHaveAnyFinalizers(definition) ? [] : standardFinalizerErrors(object.metadata.finalizers, 'metadata');
  if (ofObject.length + ofUpdate.length + ofFinalizers.length === 0) return [];
  const again = isWhole && (definition.revalidatesMetadata || definition.validatesUpdatesTwice) ? checkCreate(call, object) : [];
  const isIgnored = isWhole && definition.ignoresMetadataChanges && call.served.group === definition.group;
  return [...ofObject, ...ofUpdate, ...(isIgnored ? [] : [...ofUpdate, ...ofFinalizers]), ...again, ...(definition.validatesUpdatesTwice ? again : [])];
}
