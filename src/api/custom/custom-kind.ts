/** Makes resource definitions of CustomResourceDefinitions. Follows apiextensions-apiserver/pkg/registry/customresource/strategy.go. */
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '#api/types/apiextensions-v1';
import { type FieldError, invalid } from '../machinery/field-error.ts';
import type { JsonObject, JsonValue } from '../machinery/json.ts';
import { jsonEqual } from '../machinery/json-value.ts';
import { isQualifiedName } from '../machinery/names.ts';
import type { KubeObject } from '../machinery/object.ts';
import { type ALL_VERBS, type CustomTraits, defineResource, type FieldReader, type HookContext, type ResourceDefinition } from '../machinery/resource.ts';
import { newConversionFailure } from './conversion.ts';
import { validateEmbedded } from './embedded-meta.ts';
import { parseJsonPath } from './json-path.ts';
import { validateListTypes } from './list-types.ts';
import { printerColumns, selectedText } from './printer-columns.ts';
import { fieldNamesOf, scaleSubresource, validateScale } from './scale.ts';
import { validateRules } from './cel/rule-validation.ts';
import { validateValue } from './value-validation.ts';
import { copyOf, isBlocking, VersionSchema } from './version-schema.ts';

/** Verbs in upstream's order for kinds that clients defined. */
const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'] as const satisfies typeof ALL_VERBS;

/** One resource definition for each version that is served, and one for the storage version in any case. */
export function customResources(definition: CustomResourceDefinition): ResourceDefinition[] {
  const { spec } = definition;
  const storage = spec.versions.find((version) => version.storage);
  if (!storage) return [];
  const kind = new CustomKind(definition, storage.name);
  return spec.versions.filter((version) => version.served || version === storage).map((version) => kind.resource(version));
}

class CustomKind {
  readonly #definition: CustomResourceDefinition;
  readonly #storageVersion: string;
  readonly #versions = new Map<string, VersionSchema>();

  constructor(definition: CustomResourceDefinition, storageVersion: string) {
    this.#definition = definition;
    this.#storageVersion = storageVersion;
    const { group, names, versions, preserveUnknownFields } = definition.spec;
    const find = (apiVersion: string): VersionSchema | undefined => {
      const version = this.#versions.get(versionOf(apiVersion));
      return version?.apiVersion === apiVersion ? version : undefined;
    };
    const options = { keepsUnknown: preserveUnknownFields === true, find };
    for (const version of versions) this.#versions.set(version.name, new VersionSchema({ group, kind: names.kind }, version, options));
  }

  resource(version: CustomResourceDefinitionVersion): ResourceDefinition {
    const { spec, status } = this.#definition;
    const { group } = spec;
    const names = status?.acceptedNames ?? spec.names;
    const own = this.#versions.get(version.name) as VersionSchema;
    const { subresources, selectableFields } = version;
    return defineResource<KubeObject>({
      group,
      version: version.name,
      plural: names.plural,
      singular: names.singular || names.kind.toLowerCase(),
      kind: names.kind,
      listKind: names.listKind || `${names.kind}List`,
      namespaced: spec.scope === 'Namespaced',
      ...(names.shortNames?.length ? { shortNames: names.shortNames } : {}),
      ...(names.categories?.length ? { categories: names.categories } : {}),
      verbs: VERBS,
      storage: `${group}/${names.plural}`,
      schema: own.objectSchema,
      requiresResourceVersion: true,
      // Counted by the hooks below: where there is no status subresource, the status counts, too.
      hasGeneration: false,
      columns: printerColumns(version.additionalPrinterColumns),
      selectableFields: readersOf(selectableFields ?? []),
      ...this.#hooks(own, version),
      subresources: {
        ...(subresources?.status ? { status: this.#statusHooks(own, version) } : {}),
        ...(subresources?.scale ? { scale: scaleSubresource(subresources.scale) } : {}),
      },
      custom: this.#traits(own, version),
    });
  }

  #hooks(own: VersionSchema, { subresources }: CustomResourceDefinitionVersion): Partial<ResourceDefinition> {
    const hasStatus = Boolean(subresources?.status);
    const validateParts = (object: KubeObject, old: JsonValue | undefined): FieldError[] => {
      const wrongType = typeMetaErrors(own, object);
      const scale = subresources?.scale;
      const errors =
        wrongType.length > 0 ? wrongType : [...validateValue(own.schema, jsonOf(object), { old }), ...validateScale(scale, object, { spec: true })];
      return [...errors, ...validateEmbedded(own.schema, jsonOf(object))];
    };
    return {
      prepareForCreate(object) {
        if (hasStatus) delete (object as { status?: unknown }).status;
        object.metadata.generation = 1;
      },
      prepareForUpdate(object, old) {
        const changed = !jsonEqual(withoutMetadata(object), withoutMetadata(old));
        object.metadata.generation = (old.metadata.generation ?? 0) + (changed ? 1 : 0);
      },
      validate(object, context) {
        const errors = [...validateParts(object, undefined), ...validateListTypes(own.schema, jsonOf(object))];
        return withRuleErrors(own, errors, { object, context });
      },
      validateUpdate(object, old, context) {
        const errors = [...validateParts(object, jsonOf(old)), ...newListTypeErrors(own, object, old)];
        return withRuleErrors(own, errors, { object, old, context });
      },
      warnings: finalizerWarnings,
    };
  }

  #statusHooks(own: VersionSchema, { subresources }: CustomResourceDefinitionVersion): NonNullable<NonNullable<ResourceDefinition['subresources']>['status']> {
    return {
      prepareForUpdate(object, old) {
        const { managedFields, resourceVersion } = object.metadata;
        object.metadata = { ...old.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
        if (managedFields) object.metadata.managedFields = managedFields;
        else delete object.metadata.managedFields;
      },
      validateUpdate(object, old, context) {
        const wrongType = typeMetaErrors(own, object);
        if (wrongType.length > 0) return wrongType;
        const [status, oldStatus] = [object, old].map((each) => (each as { status?: JsonValue }).status);
        const schema = own.schema?.properties?.['status'];
        const errors = status === undefined ? [] : validateValue(schema, status, { path: 'status', old: oldStatus });
        errors.push(...validateScale(subresources?.scale, object, { spec: false }), ...newListTypeErrors(own, object, old));
        return withRuleErrors(own, errors, { object, old, context });
      },
    };
  }

  #traits(own: VersionSchema, version: CustomResourceDefinitionVersion): CustomTraits {
    const storage = this.#versions.get(this.#storageVersion) as VersionSchema;
    const isStorageVersion = own === storage;
    const { conditions } = this.#definition.status ?? {};
    return {
      isServed: version.served,
      isStorageVersion,
      deprecationWarning: version.deprecated ? (version.deprecationWarning ?? this.#deprecationText(version)) : undefined,
      isTerminating: conditions?.some(({ type, status }) => type === 'Terminating' && status === 'True') === true,
      fromStored: (object) => this.#converted(object, own),
      toStored: (object) => {
        if (isStorageVersion) return object;
        const stored = this.#converted(object, storage) as unknown as JsonObject;
        storage.fillDefaults(stored);
        return stored as unknown as KubeObject;
      },
      normalize: (object) => this.#normalized(object, storage),
      schema: () => own.schema as unknown as JsonObject | undefined,
      replicasPathIn: (apiVersion) => this.#replicasPathIn(apiVersion),
      schemaIn: (apiVersion) => {
        const other = this.#versions.get(versionOf(apiVersion));
        return other?.apiVersion === apiVersion ? other.objectSchema : undefined;
      },
    };
  }

  #replicasPathIn(apiVersion: string): readonly string[] | undefined {
    const { group, versions } = this.#definition.spec;
    const version = versions.find(({ name }) => `${group}/${name}` === apiVersion);
    const path = version?.subresources?.scale?.specReplicasPath;
    return version && (path === undefined ? [] : fieldNamesOf(path));
  }

  #converted(object: KubeObject, to: VersionSchema): KubeObject {
    if (object.apiVersion !== to.apiVersion) this.#requireConvertible(object, to);
    return to.adopt(copyOf(object)) as unknown as KubeObject;
  }
  #normalized(object: KubeObject, storage: VersionSchema): KubeObject {
    const from = this.#versions.get(versionOf(object.apiVersion ?? '')) ?? storage;
    const salvaged = from.salvage(copyOf(object));
    return (from === storage ? salvaged : storage.adopt(salvaged)) as unknown as KubeObject;
  }
  #requireConvertible(object: KubeObject, to: VersionSchema): void {
    const { conversion } = this.#definition.spec;
    if (conversion?.strategy === 'Webhook') throw newConversionFailure(conversion, object, to.apiVersion);
  }

  /** What upstream says of a deprecated version by itself: which other to use instead. */
  #deprecationText({ name }: CustomResourceDefinitionVersion): string {
    const { group, names, versions } = this.#definition.spec;
    const text = `${group}/${name} ${names.kind} is deprecated`;
    const better = versions
      .filter((version) => version.served && !version.deprecated)
      .map((version) => version.name)
      .sort((a, b) => compareKubeVersions(b, a))[0];
    return better === undefined || compareKubeVersions(better, name) <= 0 ? text : `${text}; use ${group}/${better} ${names.kind}`;
  }
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}
function jsonOf(object: KubeObject): JsonValue {
  return object as unknown as JsonValue;
}
function withoutMetadata(object: KubeObject): JsonValue {
  return { ...object, kind: undefined, apiVersion: undefined, metadata: undefined } as unknown as JsonValue;
}

function readersOf(fields: readonly { jsonPath: string }[]): Record<string, FieldReader<KubeObject>> {
  return Object.fromEntries(
    fields.map(({ jsonPath }) => {
      const path = parseJsonPath(jsonPath);
      return [jsonPath.replace(/^\./, ''), (object: KubeObject) => selectedText(path, object)];
    }),
  );
}

function typeMetaErrors(own: VersionSchema, { kind, apiVersion }: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  if (kind !== own.kind) errors.push(invalid('kind', kind ?? '', `must be ${own.kind}`));
  if (apiVersion !== own.apiVersion) errors.push(invalid('apiVersion', apiVersion ?? '', `must be ${own.apiVersion}`));
  return errors;
}
/** What was there twice already may stay. */
function newListTypeErrors({ schema }: VersionSchema, object: KubeObject, old: KubeObject): FieldError[] {
  const errors = validateListTypes(schema, jsonOf(object));
  return errors.length > 0 && validateListTypes(schema, jsonOf(old)).length > 0 ? [] : errors;
}

interface RuledObject {
  readonly object: KubeObject;
  readonly old?: KubeObject;
  readonly context: HookContext;
}
/** What rules say of what was let pass because it held before is a warning. */
function withRuleErrors({ schema }: VersionSchema, errors: FieldError[], { object, old, context }: RuledObject): FieldError[] {
  const isBlocked = errors.some(isBlocking) || context.metadataErrors?.some(isBlocking) === true;
  const found = validateRules(schema, jsonOf(object), { isBlocked, old: old && jsonOf(old) });
  for (const text of found.warnings) context.warn?.(text);
  return [...errors, ...found.errors];
}

const STANDARD_FINALIZERS = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);
function finalizerWarnings({ metadata }: KubeObject, old: KubeObject | undefined): string[] {
  const known = new Set(old?.metadata.finalizers);
  const added = [...new Set(metadata.finalizers)].filter((finalizer) => !known.has(finalizer)).sort();
  return added.flatMap((finalizer) => {
    const about = `metadata.finalizers: ${JSON.stringify(finalizer)}: `;
    const texts = isQualifiedName(finalizer).map((text) => about + text);
    if (finalizer.includes('/') || STANDARD_FINALIZERS.has(finalizer)) return texts;
    const path = finalizer.includes('.') ? ' including a path (/)' : '';
    return [...texts, `${about}prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`];
  });
}

/** Negative when `a` is the less preferred: v2 > v1 > v1beta2 > v1alpha1 > anything else by name. */
function compareKubeVersions(a: string, b: string): number {
  const rank = (version: string): [number, number, number] | undefined => {
    const [, major, stage, minor] = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version) ?? [];
    return major ? [stage === undefined ? 2 : stage === 'beta' ? 1 : 0, Number(major), Number(minor ?? 0)] : undefined;
  };
  const [x, y] = [rank(a), rank(b)];
  if (!x || !y) return x ? 1 : y ? -1 : b < a ? -1 : 1;
  return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
}
