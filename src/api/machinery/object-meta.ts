/** Rules for ObjectMeta, with the paths and texts of k8s.io/apimachinery/pkg/api/validation. */
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from '#api/types/meta-v1';
import { type FieldError, forbidden, invalid, required, tooLong } from './field-error.ts';
import { goValue } from './go-value.ts';
import { isDns1123Label, isQualifiedName, nameIsDnsSubdomain } from './names.ts';
import { validateLabels } from './selector.ts';
import { jsonEqual } from './json-value.ts';
import type { JsonValue } from './json.ts';
import type { SchemaRef } from './schema.ts';

/** All annotations of an object together, keys and values, in bytes. */
export const TOTAL_ANNOTATION_SIZE_LIMIT = 256 * 1024;
const MAX_FIELD_MANAGER_LENGTH = 128;
const MAX_SUBRESOURCE_LENGTH = 256;
const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);
const IMMUTABLE = 'field is immutable';

export interface ObjectMetaRules {
  readonly namespaced: boolean;
  /** Rule for the name; default DNS-1123 subdomain. */
  readonly validateName?: ((name: string, isPrefix: boolean) => string[]) | undefined;
  /** Default `metadata`. */
  readonly path?: string | undefined;
  /** Finalizers need not be standard ones or have a domain: what all kinds have in common does not ask for it. */
  readonly anyFinalizers?: boolean | undefined;
}

/** What is wrong with the metadata of a new object. */
export function validateObjectMeta(meta: ObjectMeta, rules: ObjectMetaRules): FieldError[] {
  const path = rules.path ?? 'metadata';
  const validateName = rules.validateName ?? nameIsDnsSubdomain;
  const errors: FieldError[] = [];
  const { name, generateName, namespace, generation } = meta;
  if (generateName) errors.push(...validateName(generateName, true).map((message) => invalid(`${path}.generateName`, generateName, message)));
  if (name) errors.push(...validateName(name, false).map((message) => invalid(`${path}.name`, name, message)));
  else errors.push(required(`${path}.name`, 'name or generateName is required'));
  if (!rules.namespaced) {
    if (namespace) errors.push(forbidden(`${path}.namespace`, 'not allowed on this type'));
  } else if (namespace) errors.push(...isDns1123Label(namespace).map((message) => invalid(`${path}.namespace`, namespace, message)));
  else errors.push(required(`${path}.namespace`));
  if (generation !== undefined && generation < 0) errors.push(invalid(`${path}.generation`, generation, 'must be greater than or equal to 0'));
  errors.push(
    ...validateSharedParts(meta, path),
    ...validateFinalizers(meta.finalizers, `${path}.finalizers`),
    ...(rules.anyFinalizers ? [] : standardFinalizerErrors(meta.finalizers, path)),
  );
  return errors;
}

function validateSharedParts(meta: ObjectMeta, path: string): FieldError[] {
  return [
    ...validateLabels(meta.labels, `${path}.labels`),
    ...validateAnnotations(meta.annotations, `${path}.annotations`),
    ...validateOwnerReferences(meta.ownerReferences, `${path}.ownerReferences`),
    ...validateManagedFields(meta.managedFields, `${path}.managedFields`),
  ];
}

/** What is wrong with the metadata of an object that replaces `old`. */
export function validateObjectMetaUpdate(meta: ObjectMeta, old: ObjectMeta, path = 'metadata'): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) {
    const added = (meta.finalizers ?? []).filter((finalizer) => !old.finalizers?.includes(finalizer));
    const list = `[]string{${[...new Set(added)]
      .sort()
      .map((finalizer) => JSON.stringify(finalizer))
      .join(', ')}}`;
    const text = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
    if (added.length) errors.push(forbidden(`${path}.finalizers`, text));
  }
  if (!meta.resourceVersion) errors.push(invalid(`${path}.resourceVersion`, meta.resourceVersion ?? '', 'must be specified for an update'));
  if ((meta.generation ?? 0) < (old.generation ?? 0)) errors.push(invalid(`${path}.generation`, meta.generation ?? 0, 'must not be decremented'));
  for (const field of ['name', 'namespace', 'uid'] as const) errors.push(...validateImmutable(meta[field] ?? '', old[field] ?? '', `${path}.${field}`));
  for (const field of ['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    errors.push(...validateImmutable(meta[field], old[field], `${path}.${field}`));
  }
  return [...errors, ...validateSharedParts(meta, path)];
}

/** `field is immutable` where the two values differ. `struct`: what they are. */
export function validateImmutable(value: unknown, old: unknown, path: string, struct?: SchemaRef): FieldError[] {
  if (jsonEqual(value as JsonValue | undefined, old as JsonValue | undefined)) return [];
  return [invalid(path, struct && value !== undefined ? goValue(struct, value) : value, IMMUTABLE)];
}

/** Keys are judged in lower case; values may be anything, up to a total size. */
export function validateAnnotations(annotations: Readonly<Record<string, string>> | null | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [name, value] of Object.entries(annotations ?? {})) {
    errors.push(...isQualifiedName(name.toLowerCase()).map((message) => invalid(path, name, message)));
    size += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (size > TOTAL_ANNOTATION_SIZE_LIMIT) errors.push(tooLong(path, TOTAL_ANNOTATION_SIZE_LIMIT));
  return errors;
}

/** Complete references, no Events as owners, one controller at most. */
export function validateOwnerReferences(references: readonly OwnerReference[] | null | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const reference of references ?? []) {
    errors.push(...validateOwnerReference(reference, path));
    if (!reference.controller) continue;
    const name = `${reference.kind}/${reference.name}`;
    if (controller === undefined) controller = name;
    else errors.push(invalid(path, references, `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`));
  }
  return errors;
}
function validateOwnerReference(reference: OwnerReference, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { apiVersion, kind, name, uid } = reference;
  const segments = (apiVersion ?? '').split('/');
  if (segments.length > 2 || !segments.at(-1)) errors.push(invalid(`${path}.apiVersion`, apiVersion ?? '', 'version must not be empty'));
  if (!kind) errors.push(invalid(`${path}.kind`, kind ?? '', 'kind must not be empty'));
  if (!name) errors.push(invalid(`${path}.name`, name ?? '', 'name must not be empty'));
  if (!uid) errors.push(invalid(`${path}.uid`, uid ?? '', 'uid must not be empty'));
  if (apiVersion === 'v1' && kind === 'Event') errors.push(invalid(path, reference, '/v1, Kind=Event is disallowed from being an owner'));
  return errors;
}

/** Qualified names; `orphan` and `foregroundDeletion` exclude each other. */
export function validateFinalizers(finalizers: readonly string[] | null | undefined, path: string): FieldError[] {
  const errors = (finalizers ?? []).flatMap((finalizer) => isQualifiedName(finalizer).map((message) => invalid(path, finalizer, message)));
  if (finalizers?.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return errors;
}
/** Kubernetes' own, or with a domain; `path` is the metadata's. */
export function standardFinalizerErrors(finalizers: readonly string[] | null | undefined, path: string): FieldError[] {
  const message = 'name is neither a standard finalizer name nor is it fully qualified';
  return (finalizers ?? []).flatMap((finalizer, i) =>
    finalizer.includes('/') || STANDARD_FINALIZERS.has(finalizer) ? [] : [invalid(`${path}.finalizers[${i}]`, finalizer, message)],
  );
}

/** Entries that clients may send. */
export function validateManagedFields(entries: readonly ManagedFieldsEntry[] | null | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  (entries ?? []).forEach((entry, i) => {
    const at = `${path}[${i}]`;
    if (entry.operation !== 'Apply' && entry.operation !== 'Update')
      errors.push(invalid(`${at}.operation`, entry.operation ?? '', 'must be `Apply` or `Update`'));
    if (entry.fieldsType && entry.fieldsType !== 'FieldsV1') errors.push(invalid(`${at}.fieldsType`, entry.fieldsType, 'must be `FieldsV1`'));
    errors.push(...validateFieldManager(entry.manager ?? '', `${at}.manager`));
    if ((entry.subresource?.length ?? 0) > MAX_SUBRESOURCE_LENGTH) errors.push(tooLong(`${at}.subresource`, MAX_SUBRESOURCE_LENGTH));
  });
  return errors;
}

/** The fieldManager of a request: at most 128 bytes of characters that Go calls printable. */
export function validateFieldManager(manager: string, path = 'fieldManager'): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > MAX_FIELD_MANAGER_LENGTH) errors.push(tooLong(path, MAX_FIELD_MANAGER_LENGTH));
  for (const { 0: character, index } of manager.matchAll(/(?! )[\p{C}\p{Z}]/gu)) {
    const code = (character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0');
    const position = Buffer.byteLength(manager.slice(0, index));
    errors.push(invalid(path, manager, `invalid character U+${code} (at position ${position})`));
  }
  return errors;
}
