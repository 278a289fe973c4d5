import type { CustomResourceDefinition } from '#api/types/apiextensions-v1';
import { type FieldError, invalid } from '../../machinery/field-error.ts';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { column, nameColumn } from '../../printing/columns.ts';
import { loadRulesOf } from '../../custom/cel/load-rules.ts';
import { isKnownFormat } from '../../custom/formats.ts';
import { everySchema } from '../../custom/json-schema.ts';
import { NO_VERSIONS } from './internal-form.ts';
import { statusErrors, validateDefinition, validateDefinitionUpdate } from './definition-validation.ts';

/** Go writes a list that was never made as null. */
const NONE = null as unknown as [];

/** The definition of CustomResourceDefinition. */
export const customResourceDefinitions: ResourceDefinition<CustomResourceDefinition> = defineResource<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  kind: 'CustomResourceDefinition',
  listKind: 'CustomResourceDefinitionList',
  namespaced: false,
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  verbs: ALL_VERBS,
  storage: 'apiextensions.k8s.io/customresourcedefinitions',
  schema: { groupVersion: 'apiextensions/v1', struct: 'CustomResourceDefinition' },
  requiresResourceVersion: true,
  prepareForCreate: (definition) => {
    definition.status = { conditions: NONE, acceptedNames: { plural: '', kind: '' }, storedVersions: NONE };
    rememberStored(definition);
  },
  prepareForUpdate: (definition, old) => {
    definition.status = structuredClone(old.status);
    rememberStored(definition);
  },
  load: loadRulesOf,
  validate: (definition) => [...nameErrors(definition), ...validateDefinition(definition)],
  validateUpdate: (definition, old) => validateDefinitionUpdate(definition, old),
  validatesUpdatesWhole: true,
  warnings: (definition, old) => {
    const before = new Set(old ? unknownFormats(old) : []);
    return unknownFormats(definition).filter((text) => !before.has(text));
  },
  columns: [nameColumn(), column('Created At', 'date', 'ObjectMeta.creationTimestamp', ({ metadata }) => metadata.creationTimestamp ?? null)],
  defaults: ({ spec, status }) => {
    if (!spec) return;
    // Go writes a list that is missing as null.
    spec.versions ??= NO_VERSIONS;
    spec.names ??= { plural: '', kind: '' };
    const { names } = spec;
    if (names.kind) {
      names.singular ||= names.kind.toLowerCase();
      names.listKind ||= `${names.kind}List`;
    }
    spec.conversion ??= { strategy: 'None' };
    const { webhook } = spec.conversion;
    // Upstream's internal form has no place for a webhook of which nothing is said.
    if (webhook && !webhook.clientConfig && !webhook.conversionReviewVersions) delete spec.conversion.webhook;
    const service = webhook?.clientConfig?.service;
    if (service) service.port ??= 443;
    const storage = spec.versions.find((version) => version.storage);
    if (status && storage && !status.storedVersions?.length) status.storedVersions = [storage.name];
  },
  subresources: {
    status: { validateUpdate: (definition) => statusErrors(definition) },
  },
});

/** Formats that nothing is checked by. */
function unknownFormats({ spec }: CustomResourceDefinition): string[] {
  const schemas = spec.versions.map(({ schema }) => schema?.openAPIV3Schema);
  const formats = schemas.flatMap((schema) => Array.from(everySchema(schema), ({ type, format }) => (type === 'string' ? format : undefined)));
  const unknown = formats.filter((format) => format !== undefined && format !== '' && !isKnownFormat(format));
  return [...new Set(unknown)].map((format) => `unrecognized format ${JSON.stringify(format)}`);
}

/** The name says what is defined. */
function nameErrors({ metadata, spec }: CustomResourceDefinition): FieldError[] {
  const fields = ['generateName', 'name'] as const;
  const wrong = fields.filter((field) => metadata[field] && metadata[field] !== `${spec.names.plural}.${spec.group}`);
  return wrong.map((field) => invalid(`metadata.${field}`, metadata[field], 'must be spec.names.plural+"."+spec.group'));
}

/** Once a version was stored, objects of it may exist. */
function rememberStored({ spec, status }: CustomResourceDefinition): void {
  if (!status) return;
  const stored = spec.versions.find((version) => version.storage)?.name;
  if (stored !== undefined && !status.storedVersions?.includes(stored)) status.storedVersions = [...(status.storedVersions ?? []), stored];
}
