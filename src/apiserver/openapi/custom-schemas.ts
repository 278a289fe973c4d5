/**
 * Schemas of kinds that clients defined, as they are published: with type and metadata, and for OpenAPI 2 without what that cannot say.
 * Follows apiextensions-apiserver/pkg/controller/openapi/{builder,v2}.
 */
import { jsonEqual, type JsonObject, type JsonValue } from '#api';
import type { Dialect } from './schemas.ts';
import type { ServedKind } from './names.ts';

const API_VERSION =
  'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources';
const KIND =
  'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds';
const METADATA = "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";
const LIST_METADATA = 'Standard list metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds';
const TYPE_META: JsonObject = { apiVersion: { description: API_VERSION, type: 'string' }, kind: { description: KIND, type: 'string' } };
const EMBEDDED_TYPE_META: JsonObject = {
  apiVersion: {
    description:
      'apiVersion defines the versioned schema of this representation of an object. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
    type: 'string',
  },
  kind: {
    description:
      'kind is a string value representing the type of this object. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
    type: 'string',
  },
};
const UNPUBLISHED: ReadonlySet<string> = new Set(['example', 'externalDocs']);
const PRESERVE = 'x-kubernetes-preserve-unknown-fields';

/** Makes references to structs of the facts. */
export type Refer = (struct: string) => JsonObject;

/** The schema of the kind itself. */
export function kindSchema({ definition }: ServedKind, dialect: Dialect, refer: Refer): JsonObject {
  const own = definition.custom?.schema();
  const extension = selectableFields(definition);
  // Whatever was said of members, kubectl would refuse all others.
  if (!own || (dialect === 2 && own[PRESERVE] === true)) return { type: 'object', ...extension };
  const published = convert(own, dialect, refer);
  const properties = { ...(published['properties'] as JsonObject | undefined), ...TYPE_META, metadata: metadataOf(dialect, refer) };
  return { ...published, type: 'object', properties, ...extension };
}
function selectableFields(definition: ServedKind['definition']): JsonObject {
  const selectable = Object.keys(definition.selectableFields ?? {}).map((fieldPath) => ({ fieldPath }));
  return selectable.length > 0 ? { 'x-kubernetes-selectable-fields': selectable } : {};
}
function metadataOf(dialect: Dialect, refer: Refer): JsonObject {
  return described(METADATA, refer('ObjectMeta'), dialect);
}
function described(description: string, reference: JsonObject, dialect: Dialect): JsonObject {
  return dialect === 3 ? { description, allOf: [reference] } : { description, ...reference };
}

/** The schema of its list. */
export function listSchema({ definition }: ServedKind, item: JsonObject, dialect: Dialect, refer: Refer): JsonObject {
  const { kind, listKind, plural } = definition;
  const about = `List of ${plural}. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md`;
  return {
    description: `${listKind} is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: { ...TYPE_META, items: { description: about, type: 'array', items: item }, metadata: described(LIST_METADATA, refer('ListMeta'), dialect) },
    ...selectableFields(definition),
  };
}

function convert(schema: JsonObject, dialect: Dialect, refer: Refer): JsonObject {
  const converted: JsonObject = {};
  for (const [name, value] of Object.entries(dialect === 2 ? withoutNews(schema) : unfolded(schema))) {
    if (value !== undefined && !UNPUBLISHED.has(name)) converted[name] = convertMember(name, value, dialect, refer);
  }
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true && !(dialect === 2 && schema[PRESERVE] === true);
  return isEmbedded ? asResource(converted, dialect, refer) : converted;
}
function convertMember(name: string, value: JsonValue, dialect: Dialect, refer: Refer): JsonValue {
  switch (name) {
    case 'properties':
      return Object.fromEntries(Object.entries(value as JsonObject).map(([key, each]) => [key, convert(each as JsonObject, dialect, refer)]));
    case 'items':
    case 'additionalProperties':
      return typeof value === 'object' ? convert(value as JsonObject, dialect, refer) : value;
    default:
      return value;
  }
}

/** What every resource within a resource has. */
function asResource(schema: JsonObject, dialect: Dialect, refer: Refer): JsonObject {
  const required = (schema['required'] as string[] | undefined) ?? [];
  return {
    ...schema,
    properties: { ...(schema['properties'] as JsonObject | undefined), ...EMBEDDED_TYPE_META, metadata: metadataOf(dialect, refer) },
    required: [...required, ...['kind', 'apiVersion'].filter((name) => !required.includes(name))],
  };
}

const INT_OR_STRING: JsonObject[] = [{ type: 'integer' }, { type: 'string' }];
/** With the types that x-kubernetes-int-or-string stands for. */
function unfolded(schema: JsonObject): JsonObject {
  if (schema['x-kubernetes-int-or-string'] !== true) return schema;
  const { anyOf, allOf = [] } = schema as { anyOf?: JsonValue; allOf?: JsonObject[] };
  if (anyOf === undefined && !jsonEqual(allOf[0]?.['anyOf'], INT_OR_STRING)) return { ...schema, anyOf: INT_OR_STRING };
  if (jsonEqual(anyOf, INT_OR_STRING) || jsonEqual(allOf[0]?.['anyOf'], INT_OR_STRING)) return schema;
  return { ...schema, allOf: [{ anyOf: INT_OR_STRING }, ...allOf] };
}

/** Leaves out what OpenAPI 2 cannot say, and what its clients would misread. */
function withoutNews(schema: JsonObject): JsonObject {
  const { oneOf: _oneOf, anyOf: _anyOf, not: _not, allOf: _allOf, default: _default, nullable, ...rest } = schema;
  const isOpen = schema[PRESERVE] === true;
  if (nullable === true || isOpen) for (const name of ['items', 'properties']) delete rest[name];
  if (nullable === true || (isOpen && rest['type'] === 'object') || (rest['type'] === 'array' && !rest['items'])) delete rest['type'];
  return withoutNullable(rest);
}
/** What may be null cannot be required: OpenAPI 2 has no word for it. */
function withoutNullable(schema: JsonObject): JsonObject {
  const { required, ...rest } = schema as { required?: string[]; properties?: JsonObject; additionalProperties?: JsonValue };
  if (!required) return schema;
  const { properties = {}, additionalProperties } = rest;
  const isNullable = (each: JsonValue | undefined): boolean => (each as JsonObject | undefined)?.['nullable'] === true;
  const kept = isNullable(additionalProperties) ? [] : required.filter((name) => !isNullable(properties[name]));
  return kept.length > 0 ? { ...schema, required: kept } : (rest as JsonObject);
}
