/**
 * Definitions as upstream's validation sees them: its internal types say what all versions share once, at the top (hence the paths of its errors), and
 * are printed by Go's field names.
 */
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  CustomResourceValidation,
  SelectableField,
} from '#api/types/apiextensions-v1';
import type { JsonValue } from '../../machinery/json.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import { itemsOf, type JsonSchema, valuesOf } from '../../custom/json-schema.ts';

export interface InternalSpec {
  readonly validation: CustomResourceValidation | undefined;
  readonly subresources: CustomResourceSubresources | undefined;
  readonly columns: readonly CustomResourceColumnDefinition[];
  readonly selectableFields: readonly SelectableField[];
  /** With what is said at the top left out. */
  readonly versions: readonly CustomResourceDefinitionVersion[];
}

export function internalSpec({ versions }: CustomResourceDefinitionSpec): InternalSpec {
  const [first] = versions;
  const shared = <K extends 'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields'>(field: K): boolean =>
    versions.every((version) => jsonEqual(version[field] as unknown as JsonValue, first?.[field] as unknown as JsonValue));
  const isShared = {
    schema: shared('schema'),
    subresources: shared('subresources'),
    columns: shared('additionalPrinterColumns'),
    fields: shared('selectableFields'),
  };
  return {
    validation: isShared.schema ? (first?.schema ?? undefined) : undefined,
    subresources: isShared.subresources ? (first?.subresources ?? undefined) : undefined,
    columns: (isShared.columns && first?.additionalPrinterColumns) || [],
    selectableFields: (isShared.fields && first?.selectableFields) || [],
    versions: versions.map((version) => ({
      ...version,
      schema: isShared.schema ? undefined : version.schema,
      subresources: isShared.subresources ? undefined : version.subresources,
      additionalPrinterColumns: isShared.columns ? undefined : version.additionalPrinterColumns,
      selectableFields: isShared.fields ? undefined : version.selectableFields,
    })),
  };
}

/** The versions of a definition that says nothing of versions, which Go prints as null. */
export const NO_VERSIONS: CustomResourceDefinitionVersion[] = [];

/** Versions as Go prints them. */
export function printVersions(versions: readonly CustomResourceDefinitionVersion[]): JsonValue {
  return versions.map((version) => ({
    Name: version.name ?? '',
    Served: version.served === true,
    Storage: version.storage === true,
    Deprecated: version.deprecated === true,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: version.schema ? { OpenAPIV3Schema: version.schema.openAPIV3Schema ? printSchema(version.schema.openAPIV3Schema) : null } : null,
    Subresources: version.subresources ? printSubresources(version.subresources) : null,
    AdditionalPrinterColumns:
      version.additionalPrinterColumns?.map((column) => ({
        Name: column.name ?? '',
        Type: column.type ?? '',
        Format: column.format ?? '',
        Description: column.description ?? '',
        Priority: column.priority ?? 0,
        JSONPath: column.jsonPath ?? '',
      })) ?? null,
    SelectableFields: version.selectableFields?.map(({ jsonPath }) => ({ JSONPath: jsonPath ?? '' })) ?? null,
  }));
}
function printSubresources({ status, scale }: CustomResourceSubresources): JsonValue {
  return {
    Status: status ? {} : null,
    Scale: scale
      ? { SpecReplicasPath: scale.specReplicasPath, StatusReplicasPath: scale.statusReplicasPath, LabelSelectorPath: scale.labelSelectorPath ?? null }
      : null,
  };
}

/** Fields of upstream's internal JSONSchemaProps, in its order: Go's name, JSON's name, what Go prints where it is absent. */
export const SCHEMA_FIELDS: readonly (readonly [string, keyof JsonSchema, JsonValue])[] = [
  ['ID', 'id', ''],
  ['Schema', '$schema', ''],
  ['Ref', '$ref', null],
  ['Description', 'description', ''],
  ['Type', 'type', ''],
  ['Nullable', 'nullable', false],
  ['Format', 'format', ''],
  ['Title', 'title', ''],
  ['Default', 'default', null],
  ['Maximum', 'maximum', null],
  ['ExclusiveMaximum', 'exclusiveMaximum', false],
  ['Minimum', 'minimum', null],
  ['ExclusiveMinimum', 'exclusiveMinimum', false],
  ['MaxLength', 'maxLength', null],
  ['MinLength', 'minLength', null],
  ['Pattern', 'pattern', ''],
  ['MaxItems', 'maxItems', null],
  ['MinItems', 'minItems', null],
  ['UniqueItems', 'uniqueItems', false],
  ['MultipleOf', 'multipleOf', null],
  ['Enum', 'enum', null],
  ['MaxProperties', 'maxProperties', null],
  ['MinProperties', 'minProperties', null],
  ['Required', 'required', null],
  ['Items', 'items', null],
  ['AllOf', 'allOf', null],
  ['OneOf', 'oneOf', null],
  ['AnyOf', 'anyOf', null],
  ['Not', 'not', null],
  ['Properties', 'properties', null],
  ['AdditionalProperties', 'additionalProperties', null],
  ['PatternProperties', 'patternProperties', null],
  ['Dependencies', 'dependencies', null],
  ['AdditionalItems', 'additionalItems', null],
  ['Definitions', 'definitions', null],
  ['ExternalDocs', 'externalDocs', null],
  ['Example', 'example', null],
  ['XPreserveUnknownFields', 'x-kubernetes-preserve-unknown-fields', null],
  ['XEmbeddedResource', 'x-kubernetes-embedded-resource', false],
  ['XIntOrString', 'x-kubernetes-int-or-string', false],
  ['XListMapKeys', 'x-kubernetes-list-map-keys', null],
  ['XListType', 'x-kubernetes-list-type', null],
  ['XMapType', 'x-kubernetes-map-type', null],
  ['XValidations', 'x-kubernetes-validations', null],
];

/** A schema as Go prints it. */
export function printSchema(schema: JsonSchema): JsonValue {
  return Object.fromEntries(SCHEMA_FIELDS.map(([goName, name, zero]) => [goName, printField(name, schema) ?? zero]));
}
function printField(name: keyof JsonSchema, schema: JsonSchema): JsonValue | undefined {
  switch (name) {
    case 'items':
      return schema.items && { Schema: itemsOf(schema) ? printSchema(itemsOf(schema) as JsonSchema) : null, JSONSchemas: null };
    case 'additionalProperties': {
      const values = valuesOf(schema);
      const { additionalProperties } = schema;
      return additionalProperties === undefined ? undefined : { Allows: additionalProperties !== false, Schema: values ? printSchema(values) : null };
    }
    case 'not':
      return schema.not && printSchema(schema.not);
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
      return schema[name]?.map(printSchema);
    case 'properties':
      return schema.properties && Object.fromEntries(sorted(schema.properties).map(([key, value]) => [key, printSchema(value)]));
    case 'x-kubernetes-validations':
      return schema['x-kubernetes-validations']?.map(printRule);
    default:
      return schema[name] as JsonValue | undefined;
  }
}
/** A rule as Go prints it. */
export function printRule(rule: NonNullable<JsonSchema['x-kubernetes-validations']>[number]): JsonValue {
  return {
    Rule: rule.rule ?? '',
    Message: rule.message ?? '',
    MessageExpression: rule.messageExpression ?? '',
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? '',
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  };
}
function sorted<V>(map: Readonly<Record<string, V>>): [string, V][] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
}
