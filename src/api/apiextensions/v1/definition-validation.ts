/** Validation of CustomResourceDefinitions. Follows apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go. */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  CustomResourceValidation,
} from '#api/types/apiextensions-v1';
import { type FieldError, forbidden, invalid, notSupported, required } from '../../machinery/field-error.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { cloneJson, jsonEqual } from '../../machinery/json-value.ts';
import { isDns1035Label, isDns1123Subdomain } from '../../machinery/names.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import { everySchema, hasDefault, itemsOf, type JsonSchema } from '../../custom/json-schema.ts';
import { pruneUnknown } from '../../custom/prune.ts';
import { apiApproval, APPROVED_ANNOTATION } from './api-approval.ts';
import { caBundleErrors, validateConversion } from './conversion-validation.ts';
import { validateDefaults } from './default-validation.ts';
import { type InternalSpec, internalSpec, NO_VERSIONS, printSchema, printVersions, SCHEMA_FIELDS } from './internal-form.ts';
import { schemaProblems } from './schema-problems.ts';
import { RuleCosts } from './rule-expressions.ts';
import { mapKeyErrors, schemaRuleErrors, type SchemaRuleOptions } from './schema-rules.ts';
import { conversionError, structuralErrors } from './structural.ts';
import { hasTooManyFields, validateColumn, validateSelectableFields, validateSubresources } from './subresource-validation.ts';

/** What may stay in a definition that has it already. */
interface Options extends SchemaRuleOptions {
  readonly requiresSchema: boolean;
  readonly requiresStructural: boolean;
  readonly requiresPruned: boolean;
  readonly requiresKnownReview: boolean;
  readonly allowsBadCaBundle: boolean;
  /** Versions whose schemas are what they were, so that the costs of their rules were judged before; '' for those of all. */
  readonly sameSchemas: ReadonlySet<string>;
  /** Versions whose many selectable fields may stay; '' for those of all. */
  readonly tooManyFields: ReadonlySet<string>;
}
const NEW: Options = {
  requiresValidType: true,
  requiresAtomicSet: true,
  requiresMapKeys: true,
  requiresSchema: true,
  requiresStructural: true,
  requiresPruned: true,
  requiresKnownReview: true,
  // Nothing can be stored before the definition is established.
  allowsBadCaBundle: true,
  sameSchemas: new Set(),
  tooManyFields: new Set(),
};

/** What is wrong with a new definition, but for its metadata. */
export function validateDefinition(definition: CustomResourceDefinition): FieldError[] {
  return [
    ...specErrors(definition.spec, NEW),
    ...statusErrors(definition),
    ...storedVersionErrors(definition),
    ...approvalErrors(definition),
    ...keepErrors(definition),
  ];
}

/** What is wrong with a definition that takes the place of another; what was wrong already may stay. */
export function validateDefinitionUpdate(definition: CustomResourceDefinition, old: CustomResourceDefinition): FieldError[] {
  const { spec } = definition;
  const isEstablished = old.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true;
  return [
    ...specErrors(spec, optionsFor(definition, old, isEstablished)),
    ...(isEstablished ? validateImmutable(spec.scope, old.spec.scope, 'spec.scope') : []),
    ...(isEstablished ? validateImmutable(spec.names.kind, old.spec.names.kind, 'spec.names.kind') : []),
    ...validateImmutable(spec.group, old.spec.group, 'spec.group'),
    ...validateImmutable(spec.names.plural, old.spec.names.plural, 'spec.names.plural'),
    ...statusErrors(definition),
    ...storedVersionErrors(definition),
    ...approvalErrors(definition, old),
    ...keepErrors(definition, old),
  ];
}

/** What is wrong with a status that was written. */
export function statusErrors({ status }: CustomResourceDefinition): FieldError[] {
  return status?.acceptedNames ? nameErrors(status.acceptedNames, 'status.acceptedNames') : [];
}

function optionsFor(definition: CustomResourceDefinition, old: CustomResourceDefinition, isEstablished: boolean): Options {
  const schemas = old.spec.versions.map(({ schema }) => schema?.openAPIV3Schema as JsonSchema | undefined);
  const every = (holds: (schema: JsonSchema) => boolean): boolean => schemas.every((schema) => everySchema(schema).every(holds));
  const reviews = old.spec.conversion?.webhook?.conversionReviewVersions ?? [];
  const caBundle = old.spec.conversion?.webhook?.clientConfig?.caBundle;
  return {
    requiresValidType: every(({ type }) => !type || ['array', 'boolean', 'integer', 'number', 'object', 'string'].includes(type)),
    requiresAtomicSet: every((schema) => !isLooseSet(schema)),
    requiresMapKeys: every((schema) => mapKeyErrors(schema, '').length === 0),
    requiresSchema: schemas.every((schema) => schema !== undefined),
    requiresStructural: schemas.every((schema) => !schema || schemaProblems(schema, '').length === 0),
    requiresPruned: schemas.every((schema) => everySchema(schema).every(isPrunedDefault)),
    requiresKnownReview: reviews.length === 0 || reviews.some((version) => version === 'v1' || version === 'v1beta1'),
    allowsBadCaBundle: !isEstablished || (Boolean(caBundle) && caBundleErrors(caBundle as string, '').length > 0),
    sameSchemas: sameSchemas(definition, old),
    tooManyFields: keptFields(definition, old),
  };
}
function sameSchemas({ spec }: CustomResourceDefinition, old: CustomResourceDefinition): Set<string> {
  const before = new Map(old.spec.versions.map(({ name, schema }) => [name, schema as unknown as JsonValue]));
  const same = spec.versions.filter(({ name, schema }) => before.has(name) && jsonEqual(schema as unknown as JsonValue, before.get(name)));
  // The schema of all is judged as that of the first.
  return new Set([...same.map(({ name }) => name), ...(same[0] && same[0] === spec.versions[0] ? [''] : [])]);
}
function isLooseSet(schema: JsonSchema): boolean {
  const items = itemsOf(schema);
  if (schema['x-kubernetes-list-type'] !== 'set' || !items) return false;
  if (items.type === 'array') return (items['x-kubernetes-list-type'] ?? 'atomic') !== 'atomic';
  return items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic';
}
function isPrunedDefault(schema: JsonSchema): boolean {
  if (!hasDefault(schema)) return true;
  const value = schema.default as JsonValue;
  return jsonEqual(pruneUnknown(cloneJson(value), schema), value);
}
function keptFields(definition: CustomResourceDefinition, old: CustomResourceDefinition): Set<string> {
  const same = (a: unknown, b: unknown): boolean => jsonEqual(a as JsonValue, b as JsonValue);
  const kept = new Set<string>();
  for (const version of definition.spec.versions) {
    const before = old.spec.versions.find(({ name }) => name === version.name);
    if (hasTooManyFields(before?.selectableFields) && same(version.selectableFields, before?.selectableFields)) kept.add(version.name);
  }
  if (kept.size > 0 && kept.size === definition.spec.versions.length) kept.add('');
  return kept;
}

function storedVersionErrors({ spec, status }: CustomResourceDefinition): FieldError[] {
  const path = 'status.storedVersions';
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) return [invalid(path, status?.storedVersions ?? null, 'must have at least one stored version')];
  const errors = spec.versions
    .filter(({ name, storage }) => storage && !stored.includes(name))
    .map(({ name }) => invalid(path, stored, `must have the storage version ${name}`));
  stored.forEach((version, i) => {
    if (spec.versions.some(({ name }) => name === version)) return;
    const text = `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`;
    errors.push(invalid(`${path}[${i}]`, version, text));
  });
  return errors;
}

function approvalErrors(definition: CustomResourceDefinition, old?: CustomResourceDefinition): FieldError[] {
  const approval = apiApproval(definition);
  if (!approval || (old && apiApproval({ ...old, spec: definition.spec })?.state === approval.state)) return [];
  const path = `metadata.annotations[${APPROVED_ANNOTATION}]`;
  if (approval.state === 'invalid') return [invalid(path, definition.metadata.annotations?.[APPROVED_ANNOTATION] ?? '', approval.reason)];
  return approval.state === 'missing' ? [required(path, approval.reason)] : [];
}

function keepErrors({ spec }: CustomResourceDefinition, old?: CustomResourceDefinition): FieldError[] {
  if (spec.preserveUnknownFields !== true || old?.spec.preserveUnknownFields === true) return [];
  const text = 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  return [invalid('spec.preserveUnknownFields', true, text)];
}

function specErrors(spec: CustomResourceDefinitionSpec, given: Options): FieldError[] {
  const internal = internalSpec(spec);
  const keeps = spec.preserveUnknownFields === true;
  const hasExtensions = spec.versions.some(({ schema }) => everySchema(schema?.openAPIV3Schema as JsonSchema | undefined).some(usesExtension));
  const hasAnyDefault = spec.versions.some(({ schema }) => everySchema(schema?.openAPIV3Schema as JsonSchema | undefined).some(hasDefault));
  const options = { ...given, requiresStructural: given.requiresStructural || !keeps || hasExtensions || hasAnyDefault };
  const errors: FieldError[] = [...groupErrors(spec.group), ...scopeErrors(spec.scope)];
  errors.push(...missingSchemaErrors(spec, internal, options, keeps));
  if (hasAnyDefault && keeps) errors.push(invalid('spec.preserveUnknownFields', true, 'must be false in order to use defaults in the schema'));
  internal.versions.forEach((version, i) => errors.push(...versionErrors(spec, internal, version, `spec.versions[${i}]`, options)));
  errors.push(...versionListErrors(internal.versions, spec.versions === NO_VERSIONS));
  errors.push(...requiredNameErrors(spec.names), ...nameErrors(spec.names, 'spec.names'));
  const hasStatus = spec.versions.some(({ subresources }) => Boolean(subresources?.status));
  errors.push(
    ...schemaErrors(internal.validation, { hasStatus, parent: 'spec.validation', version: '' }, options),
    ...validateSubresources(internal.subresources, 'spec.subresources'),
  );
  internal.columns.forEach((column, i) => errors.push(...validateColumn(column, `spec.additionalPrinterColumns[${i}]`)));
  if (internal.selectableFields.length > 0) errors.push(...topFieldErrors(internal, options));
  if (keeps && (spec.conversion?.strategy ?? 'None') !== 'None')
    errors.push(invalid('spec.conversion.strategy', spec.conversion?.strategy, 'must be None if spec.preserveUnknownFields is true'));
  return [...errors, ...validateConversion(spec.conversion, 'spec.conversion', options)];
}
function usesExtension(schema: JsonSchema): boolean {
  return (
    schema['x-kubernetes-embedded-resource'] === true ||
    schema['x-kubernetes-preserve-unknown-fields'] !== undefined ||
    schema['x-kubernetes-int-or-string'] === true ||
    schema['x-kubernetes-list-type'] !== undefined ||
    (schema['x-kubernetes-list-map-keys']?.length ?? 0) > 0 ||
    (schema['x-kubernetes-validations']?.length ?? 0) > 0
  );
}

function groupErrors(group: string | undefined): FieldError[] {
  if (!group) return [required('spec.group')];
  const errors = isDns1123Subdomain(group);
  if (errors.length > 0) return [invalid('spec.group', group, errors.join(','))];
  return group.includes('.') ? [] : [invalid('spec.group', group, 'should be a domain with at least one dot')];
}
function scopeErrors(scope: string | undefined): FieldError[] {
  if (!scope) return [required('spec.scope')];
  const scopes = ['Cluster', 'Namespaced'];
  return scopes.includes(scope) ? [] : [notSupported('spec.scope', scope, scopes)];
}

function missingSchemaErrors(
  { versions }: CustomResourceDefinitionSpec,
  { validation }: InternalSpec,
  { requiresSchema }: Options,
  keeps: boolean,
): FieldError[] {
  if (validation?.openAPIV3Schema || (!requiresSchema && keeps)) return [];
  return versions.flatMap(({ schema, served }, i) => {
    if (schema?.openAPIV3Schema || (!requiresSchema && !served)) return [];
    return [required(`spec.versions[${i}].schema.openAPIV3Schema`, requiresSchema ? '' : 'because otherwise all fields are pruned')];
  });
}

function versionErrors(
  spec: CustomResourceDefinitionSpec,
  internal: InternalSpec,
  version: CustomResourceDefinitionVersion,
  path: string,
  options: Options,
): FieldError[] {
  const errors: FieldError[] = [];
  const nameProblems = isDns1035Label(version.name ?? '');
  if (nameProblems.length > 0) errors.push(invalid(`${path}.name`, version.name ?? '', nameProblems.join(',')));
  const subresources: CustomResourceSubresources | undefined = internal.subresources ?? version.subresources;
  for (const text of deprecationErrors(version)) errors.push(invalid(`${path}.deprecationWarning`, version.deprecationWarning, text));
  errors.push(
    ...schemaErrors(version.schema, { hasStatus: Boolean(subresources?.status), parent: `${path}.schema`, version: version.name }, options),
    ...validateSubresources(version.subresources, `${path}.subresources`),
  );
  version.additionalPrinterColumns?.forEach((column, i) => errors.push(...validateColumn(column, `${path}.additionalPrinterColumns[${i}]`)));
  const fields = version.selectableFields ?? [];
  if (fields.length === 0) return errors;
  const schema = version.schema?.openAPIV3Schema as JsonSchema | undefined;
  const at = `${path}.selectableFields`;
  if (!schema) return [...errors, invalid(at, '', 'may only be set when `version.schema.openAPIV3Schema` is not included')];
  return [...errors, ...validateSelectableFields(fields, schema, at, { allowsTooMany: options.tooManyFields.has(version.name) })];
}
function topFieldErrors({ selectableFields, validation }: InternalSpec, { tooManyFields }: Options): FieldError[] {
  const path = 'spec.selectableFields';
  const schema = validation?.openAPIV3Schema as JsonSchema | undefined;
  if (!schema) return [invalid(path, '', 'may only be set when validations.schema is included')];
  return validateSelectableFields(selectableFields, schema, path, { allowsTooMany: tooManyFields.has('') });
}

const MAX_DEPRECATION_WARNING = 256;
function deprecationErrors({ deprecated, deprecationWarning }: CustomResourceDefinitionVersion): string[] {
  if (deprecationWarning === undefined) return [];
  if (!deprecated) return ['can only be set for deprecated versions'];
  const errors: string[] = [];
  if (Buffer.byteLength(deprecationWarning) > MAX_DEPRECATION_WARNING) errors.push('must be <= 256 characters long');
  if (deprecationWarning === '') errors.push('must not be an empty string');
  const hidden = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.exec(deprecationWarning);
  if (hidden) {
    const at = Buffer.byteLength(deprecationWarning.slice(0, hidden.index));
    errors.push(`must only contain printable UTF-8 characters; non-printable character found at index ${at}`);
  }
  return errors;
}

function versionListErrors(versions: readonly CustomResourceDefinitionVersion[], isAbsent: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const bad = (text: string): FieldError => invalid('spec.versions', isAbsent ? null : printVersions(versions), text);
  if (new Set(versions.map(({ name }) => name)).size < versions.length) errors.push(bad('must contain unique version names'));
  if (versions.filter(({ storage }) => storage).length !== 1) errors.push(bad('must have exactly one version marked as storage version'));
  // Upstream's internal form repeats the first version's name.
  const name = versions[0]?.name ?? '';
  const problems = name ? isDns1035Label(name) : [];
  return problems.length > 0 ? [...errors, invalid('spec.version', name, problems.join(','))] : errors;
}

function requiredNameErrors(names: CustomResourceDefinitionNames): FieldError[] {
  return (['plural', 'singular', 'kind', 'listKind'] as const).filter((field) => !names[field]).map((field) => required(`spec.names.${field}`));
}
function nameErrors(names: CustomResourceDefinitionNames, path: string): FieldError[] {
  const label = (field: string, value: string): FieldError[] => {
    const errors = value ? isDns1035Label(value) : [];
    return errors.length > 0 ? [invalid(`${path}.${field}`, value, errors.join(','))] : [];
  };
  const kind = (field: 'kind' | 'listKind'): FieldError[] => {
    const errors = names[field] ? isDns1035Label(names[field].toLowerCase()) : [];
    return errors.length > 0 ? [invalid(`${path}.${field}`, names[field], `may have mixed case, but should otherwise match: ${errors.join(',')}`)] : [];
  };
  const list = (field: 'shortNames' | 'categories'): FieldError[] =>
    (names[field] ?? []).flatMap((value, i) => {
      const errors = isDns1035Label(value);
      return errors.length > 0 ? [invalid(`${path}.${field}[${i}]`, value, errors.join(','))] : [];
    });
  const isAmbiguous = Boolean(names.kind) && names.kind === names.listKind;
  return [
    ...label('plural', names.plural),
    ...label('singular', names.singular ?? ''),
    ...kind('kind'),
    ...kind('listKind'),
    ...list('shortNames'),
    ...(isAmbiguous ? [invalid(`${path}.listKind`, names.listKind, 'kind and listKind may not be the same')] : []),
    ...list('categories'),
  ];
}

interface SchemaPlace {
  readonly hasStatus: boolean;
  readonly parent: string;
  /** '' for the schema of all. */
  readonly version: string;
}
const ROOT_FIELDS = new Set(
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations'.split(
    ' ',
  ),
);

function schemaErrors(validation: CustomResourceValidation | undefined, { hasStatus, parent, version }: SchemaPlace, options: Options): FieldError[] {
  const allowsExpensive = options.sameSchemas.has(version);
  const schema = validation?.openAPIV3Schema as JsonSchema | undefined;
  if (!schema) return [];
  const path = `${parent}.openAPIV3Schema`;
  const errors = hasStatus ? rootErrors(schema, path) : [];
  if (schema.nullable) errors.push(forbidden(`${path}.nullable`, 'nullable cannot be true at the root'));
  const unreadable = options.requiresStructural ? conversionError(schema) : undefined;
  let costs: RuleCosts | undefined;
  if (options.requiresStructural && !unreadable) {
    const structural = structuralErrors(schema, path);
    const problems = structural.length > 0 ? structural : validateDefaults(schema, path, options);
    errors.push(...problems);
    if (problems.length === 0) costs = new RuleCosts({ allowsExpensive });
  }
  errors.push(...schemaRuleErrors(schema, path, options, costs));
  if (errors.length === 0 && unreadable) return [invalid(path, '', unreadable)];
  return [...errors, ...(costs?.errors(path) ?? [])];
}

/** With a status subresource, what the root says must hold for the status alone, too. */
function rootErrors(schema: JsonSchema, path: string): FieldError[] {
  for (const [goName, name, zero] of SCHEMA_FIELDS) {
    const value = schema[name];
    if (value === undefined || value === zero) continue;
    if (goName === 'Type' && value !== 'object')
      return [invalid(`${path}.type`, value, 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled')];
    if (ROOT_FIELDS.has(goName)) continue;
    const text = `only [${[...ROOT_FIELDS].join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`;
    return [invalid(path, printSchema(schema), text)];
  }
  return [];
}
